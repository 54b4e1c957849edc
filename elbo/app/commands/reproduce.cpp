#include <fmt/format.h>
#include <iostream>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/reproduce/study.h"
#include "elbo/report/table.h"
#include "elbo/settings/text_layout.h"

namespace elbo::app {
namespace {

void declare_reproduce(Arguments& arguments) {
  arguments.add_positional(
      {.name = "STUDY", .meaning = "what to reproduce; without it, all that can be is listed", .required = false});
  arguments.add_option(
      Text{.key = "data",
           .value = StudyOptions{}.data,
           .meaning =
               "data set, by a name that \"elbo list\" shows; studies in the plane take all of theirs without it"},
      {.placeholder = "NAME"});
  arguments.add_option(Text{.key = "data-dir", .value = "", .meaning = "where the files of the data set are"},
                       {.placeholder = "FOLDER"});
  arguments.add_option(Integer{.key = "epochs",
                               .value = 0,
                               .meaning = "passes over the training data; 0: as many as the study has",
                               .unit = "epochs",
                               .limits = {.at_least = 0}});
  arguments.add_option(Text{.key = "variant",
                            .value = "both",
                            .meaning = "the study as its code computes it, or as it should have been computed",
                            .choices = {"as-published", "corrected", "both"}});
  arguments.add_option(
      Text{.key = "out",
           .value = "",
           .meaning = "folder of all results; an interrupted study in it goes on; empty: a folder below reproduce/"},
      {.placeholder = "FOLDER"});
  arguments.add_option(
      Integer{.key = "seed", .value = 0, .meaning = "seed of every random stream", .limits = {.at_least = 0}});
  arguments.add_option(Integer{.key = "seeds",
                               .value = 0,
                               .meaning = "models of each kind, with seeds one after the other; 0: as the study has it",
                               .limits = {.at_least = 0, .at_most = 1000}});
  arguments.add_option(Integer{.key = "threads",
                               .value = 0,
                               .meaning = "threads; 0: one for each core",
                               .limits = {.at_least = 0, .at_most = 4096}});
  arguments.add_option(Integer{.key = "importance-samples",
                               .value = 100,
                               .meaning = "codes for each test image in the estimate of -log p(x); 0 leaves it out",
                               .unit = "samples",
                               .limits = {.at_least = 0, .at_most = 10'000'000}});
  arguments.add_option(Integer{.key = "limit",
                               .value = 0,
                               .meaning = "use only the first rows of each split; 0 for all",
                               .unit = "rows",
                               .limits = {.at_least = 0}});
  arguments.add_option(Flag{.key = "json", .meaning = "print JSON instead of tables"});
  add_quiet(arguments);
}

ExitCode list_studies(bool json) {
  report::Table table(
      {{.name = "study"}, {.name = "what it is", .key = "summary"}, {.name = "paper"}, {.name = "takes"}});
  std::vector<std::pair<std::string, std::string>> rows;  // a table of all this is wider than any terminal
  for (const Study* study : studies()) {
    table.add_row({study->name, study->summary, study->paper, study->duration});
    rows.emplace_back(study->name, fmt::format("{}; {} [{}]", study->summary, study->duration, study->paper));
  }
  std::cout << (json ? table.to_json() + "\n" : columns(rows) + "\nelbo reproduce STUDY runs one of them.\n");
  return ExitCode::kDone;
}

ExitCode run_reproduce(const Arguments& arguments) {
  if (!arguments.given("STUDY")) return list_studies(arguments.flag("json"));
  const Study& study = study_named(arguments.text("STUDY"));
  const auto refuse = [&](const char* option, bool is_read) {
    if (is_read || !arguments.given(option)) return;
    throw ConfigError(fmt::format("--{}: the study {} has no use for it", option, study.name));
  };
  refuse("variant", study.has_variants);
  refuse("seeds", study.repeats);
  refuse("data-dir", !study.in_the_plane);
  refuse("importance-samples", !study.in_the_plane);
  return study.run({.data = arguments.text("data"),
                    .data_folder = arguments.text("data-dir"),
                    .folder = arguments.text("out"),
                    .epochs = arguments.integer("epochs"),
                    .variant = arguments.text("variant"),
                    .limit = arguments.integer("limit"),
                    .importance_samples = arguments.integer("importance-samples"),
                    .seed = static_cast<uint64_t>(arguments.integer("seed")),
                    .seeds = arguments.integer("seeds"),
                    .threads = static_cast<int>(arguments.integer("threads")),
                    .json = arguments.flag("json"),
                    .quiet = arguments.flag("quiet")});
}

std::string studies_help() {
  std::string text;
  for (const Study* study : studies()) {
    text += fmt::format("\n\n{}: {} ({}). {}.{}{}", study->name, study->summary, study->paper, study->duration,
                        study->options.empty() ? "" : " ", study->options);
  }
  return text;
}

}  // namespace

const Command& reproduce_command() {
  static const Command command{
      .name = "reproduce",
      .summary = "run a published study again and set the figures side by side",
      .help =
          "Trains and evaluates every model of a published study with the study's own settings, and writes one folder: "
          "a run for each model, as \"elbo train\" makes it, the table of results (table.md, .csv, .json), curves, "
          "pictures, and report.html, one page with everything in it.\n\n"
          "Ctrl-C saves and stops; the same command goes on where it stopped. Finished models are not trained "
          "again. An option that a study has no use for is refused." +
          studies_help(),
      .examples = {{"elbo reproduce", "list the studies"},
                   {"elbo reproduce kong-li --epochs 5", "all its models on Fashion-MNIST, a few epochs each"},
                   {"elbo reproduce kong-li --data mnist --data-dir /data/mnist", "the study as it was made"},
                   {"elbo reproduce posteriors --epochs 5", "one VAE with each kind of posterior"},
                   {"elbo reproduce energies --data energy-1", "flows fitted to one energy, without data"}},
      .declare = declare_reproduce,
      .run = run_reproduce};
  return command;
}

}  // namespace elbo::app
