// elbo reproduce: studies, the program's own and those of a file.
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/report/table.h"
#include "elbo/run/schema.h"
#include "elbo/settings/text_layout.h"
#include "elbo/studies/runner.h"

namespace elbo::app {
namespace {

void declare(Arguments& arguments) {
  arguments.add_positional({.name = "STUDY",
                            .meaning = "what to reproduce: a name, or a file of your own that ends in .toml; without "
                                       "it, all that can be is listed",
                            .required = false});
  arguments.add_option(Text{.key = "data",
                            .value = "",
                            .meaning = "data set, by a name that \"elbo list\" shows, in place of the study's; where a "
                                       "study has several, one of them"},
                       {.placeholder = "NAME"});
  arguments.add_option(Text{.key = "data-dir", .value = "", .meaning = "where the files of the data set are"},
                       {.placeholder = "FOLDER"});
  arguments.add_option(Texts{.key = "only",
                             .value = {},
                             .meaning = "a model of the study or a group of them, by name; may be given several times"},
                       {.placeholder = "NAME"});
  arguments.add_option(Integer{.key = "epochs",
                               .value = 0,
                               .meaning = "passes over the training data; 0: as many as the study has",
                               .unit = "epochs",
                               .limits = {.at_least = 0}});
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
  add_threads(arguments);
  arguments.add_option(Integer{.key = "importance-samples",
                               .value = 0,
                               .meaning = "codes for each image in the estimate of -log p(x); 0 leaves it out; as the "
                                          "study has it where not given",
                               .unit = "samples",
                               .limits = {.at_least = 0, .at_most = 10'000'000}});
  arguments.add_option(Integer{.key = "limit",
                               .value = 0,
                               .meaning = "use only the first rows of each split; 0 for all",
                               .unit = "rows",
                               .limits = {.at_least = 0}});
  arguments.add_option(Flag{.key = "json", .meaning = "print JSON instead of tables"});
  arguments.add_settings(run::run_schema());
  add_quiet(arguments);
}

std::string sentence(const studies::Study& study) {
  return fmt::format("{}; {} [{}]", study.text("summary"), study.text("duration"), study.text("paper"));
}

ExitCode list_studies(bool json) {
  report::Table table(
      {{.name = "study"}, {.name = "what it is", .key = "summary"}, {.name = "paper"}, {.name = "takes"}});
  std::vector<std::pair<std::string, std::string>> rows;  // a table of all this is wider than any terminal
  for (const studies::Study& study : studies::own_studies()) {
    table.add_row({study.name, study.text("summary"), study.text("paper"), study.text("duration")});
    rows.emplace_back(study.name, sentence(study));
  }
  print(json ? table.to_json() + "\n" : columns(rows) + "\nelbo reproduce STUDY runs one of them.\n");
  return ExitCode::kDone;
}

std::optional<int64_t> if_above_0(int64_t value) {
  return value > 0 ? std::optional(value) : std::nullopt;
}

ExitCode run(const Arguments& arguments) {
  if (!arguments.given("STUDY")) return list_studies(arguments.flag("json"));
  const studies::Study study = studies::find_study(arguments.text("STUDY"));
  studies::StudyOptions options{.data = arguments.text("data"),
                                .data_folder = arguments.text("data-dir"),
                                .folder = arguments.text("out"),
                                .only = arguments.texts("only"),
                                .epochs = if_above_0(arguments.integer("epochs")),
                                .limit = arguments.integer("limit"),
                                .importance_samples = std::nullopt,
                                .seed = static_cast<uint64_t>(arguments.integer("seed")),
                                .seeds = if_above_0(arguments.integer("seeds")),
                                .settings = arguments.assignments(),
                                .threads = threads_of(arguments),
                                .quiet = arguments.flag("quiet")};
  if (arguments.given("importance-samples")) options.importance_samples = arguments.integer("importance-samples");
  const studies::StudyOutcome outcome = studies::run_study(study, options);
  if (outcome.interrupted_by != 0) {
    remark(
        fmt::format("interrupted with {} of {} runs finished; everything is saved in {}, and the same command goes on "
                    "from there",
                    outcome.finished, outcome.planned, outcome.folder.string()));
    return static_cast<ExitCode>(128 + outcome.interrupted_by);
  }
  print(arguments.flag("json")
            ? outcome.json + "\n"
            : outcome.text + "\nAll of it, with pictures: " + (outcome.folder / "report.html").string() + "\n");
  return ExitCode::kDone;
}

}  // namespace

const Command& reproduce_command() {
  static const Command command{
      .name = "reproduce",
      .summary = "run a published study again and set the figures side by side",
      .help =
          "Trains and evaluates every model of a study with the study's own settings, and writes one folder: a run for "
          "each model, as \"elbo train\" makes it, tables of results (table.md, .csv, .json), curves, pictures, and "
          "report.html, one page with everything in it. A study is a file; docs/howto/add-a-study.md says what it may "
          "hold.\n\n"
          "Ctrl-C saves and stops; the same command goes on where it stopped. Finished models are not trained "
          "again. An option that a study has no use for is refused. Without a name the studies are listed.",
      .examples = {{"elbo reproduce", "list the studies"},
                   {"elbo reproduce kong-li --epochs 5", "all its models on Fashion-MNIST, a few epochs each"},
                   {"elbo reproduce kong-li --data mnist --data-dir /data/mnist", "the study as it was made"},
                   {"elbo reproduce kong-li --only as-published", "a group of its models"},
                   {"elbo reproduce posteriors --epochs 5", "one VAE with each kind of posterior"},
                   {"elbo reproduce energies --data energy-1", "flows fitted to one energy, without data"},
                   {"elbo reproduce my-study.toml", "a study of your own"}},
      .declare = declare,
      .run = run};
  return command;
}

}  // namespace elbo::app
