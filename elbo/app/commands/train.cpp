// elbo train: a configuration in, a run folder out.
#include <csignal>
#include <fmt/format.h>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/report/number_format.h"
#include "elbo/report/progress.h"
#include "elbo/report/table.h"
#include "elbo/run/run_folder.h"
#include "elbo/run/schema.h"
#include "elbo/run/summary.h"
#include "elbo/run/training_folder.h"

namespace elbo::app {
namespace {

namespace fs = std::filesystem;

void declare_train(Arguments& arguments) {
  arguments.add_positional({.name = "CONFIG",
                            .meaning = "configuration file; left out: all defaults, and with --resume what the run has",
                            .required = false});
  arguments.add_settings(run::run_schema());
  arguments.add_option(Text{.key = "out", .value = "", .meaning = "folder of the run; default runs/NAME-1, -2, ..."},
                       {.letter = 'o', .placeholder = "RUN"});
  arguments.add_option(Flag{.key = "resume", .meaning = "go on with the run in --out from its newest checkpoint"});
  arguments.add_option(Flag{.key = "force", .meaning = "delete the run that is in --out and begin anew"});
  arguments.add_setting({.name = "seed", .key = "seed"});
  arguments.add_setting({.name = "data-dir", .key = "data.folder", .spelling = {.placeholder = "FOLDER"}});
  add_threads(arguments);
  add_json(arguments);
  add_quiet(arguments);
}

Config resolve(const Arguments& arguments, const fs::path& out) {
  if (!arguments.flag("resume") || arguments.given("CONFIG")) return arguments.config(arguments.text("CONFIG"));
  run::require_run(out);
  return arguments.config(run::config_file(out));
}

run::RunOutcome train(const Arguments& arguments, const Config& config) {
  report::Progress progress({.quiet = arguments.flag("quiet")});
  const train::TrainingCallbacks callbacks = run::training_callbacks(progress);
  run::RunOptions options{.folder = arguments.text("out"),
                          .resume = arguments.flag("resume"),
                          .replace = arguments.flag("force"),
                          .threads = threads_of(arguments)};
  if (arguments.given("out")) return run::train_run(config, options, callbacks);
  run::RunModel built = run::build_run(config.settings());  // no folder is made for what cannot begin
  const fs::path file = arguments.text("CONFIG");
  options.folder = run::make_numbered_folder("runs", file.empty() ? config->text("model") : file.stem().string());
  progress.note("run: " + options.folder.string());
  return run::train_run(config, built, options, callbacks);
}

report::Table result_table(const run::RunOutcome& outcome) {
  const train::EpochReport& kept = outcome.training.kept_epoch();
  const bool validated = !kept.validation.empty();
  std::vector<report::Column> columns{{.name = "nats per example"}, {.name = "training"}};
  if (validated) columns.push_back({.name = "validation"});
  report::Table table(columns);
  // The loss first, then its parts.
  std::vector<std::string> names{"loss"};
  for (const auto& [name, value] : kept.train) {
    if (name != "loss") names.push_back(name);
  }
  for (const std::string& name : names) {
    const auto cell = [&](const train::Metrics& metrics) {
      const auto found = metrics.find(name);
      if (found == metrics.end()) return report::Cell();
      const auto error = metrics.find("standard_error");
      if (name == "loss" && error != metrics.end()) {
        return report::Cell(report::Estimate{.mean = found->second, .standard_error = error->second});
      }
      return report::Cell(report::Number{.value = found->second});
    };
    std::vector<report::Cell> row{name, cell(kept.train)};
    if (validated) row.push_back(cell(kept.validation));
    table.add_row(row);
  }
  table.add_note(fmt::format("training: means over epoch {}, while the weights moved", kept.epoch));
  if (validated) table.add_note("validation: after that epoch, with the standard error over the examples");
  return table;
}

void show(const run::RunOutcome& outcome) {
  const train::TrainingResult& training = outcome.training;
  if (training.last.epoch == 0) return;
  std::string text = result_table(outcome).to_text();
  text += fmt::format("\n{} parameters", report::with_thousands(outcome.parameters));
  if (training.steps > 0) {
    text +=
        fmt::format(", {} steps in {}, {:.2f} ms each", report::with_thousands(training.steps),
                    report::duration(training.seconds), 1000 * training.seconds / static_cast<double>(training.steps));
  }
  text += fmt::format("\nrun: {}\nnext: elbo evaluate {}\n", outcome.folder.string(), outcome.folder.string());
  print(text);
}

ExitCode run_train(const Arguments& arguments) {
  if (arguments.flag("resume") && arguments.flag("force")) {
    throw ConfigError("--resume and --force: a run is gone on with or begun anew, not both");
  }
  for (const char* flag : {"resume", "force"}) {
    if (arguments.flag(flag) && !arguments.given("out")) {
      throw ConfigError(fmt::format("--{}: --out must say which run", flag));
    }
  }
  const Config config = resolve(arguments, arguments.text("out"));
  const run::RunOutcome outcome = train(arguments, config);
  const train::TrainingResult& training = outcome.training;
  if (arguments.flag("json")) {
    print(run::summary_json(outcome).set("run", outcome.folder.string()).text() + "\n");
  }
  if (training.interrupted_by != 0) {
    remark(fmt::format("interrupted, all is saved; to go on: elbo train --resume --out {}", outcome.folder.string()));
    return training.interrupted_by == SIGINT ? ExitCode::kInterrupted : ExitCode::kTerminated;
  }
  if (training.steps == 0) {
    remark(fmt::format("the run was complete; to go on: --set train.epochs=N, N above {}", training.last.epoch));
  } else if (training.stopped_early) {
    remark(fmt::format("stopped after epoch {}: {} evaluations without a better one (train.patience)",
                       training.last.epoch, config->integer("train.patience")));
  }
  if (training.best_epoch > 0) {
    remark(fmt::format("the weights kept are those of epoch {}, the best on the validation rows", training.best_epoch));
  }
  if (!arguments.flag("json")) show(outcome);
  return ExitCode::kDone;
}

}  // namespace

const Command& train_command() {
  static const Command command{
      .name = "train",
      .summary = "train a model as a configuration says",
      .help =
          "Trains a model and leaves a run folder: the complete configuration (config.toml), what it ran on "
          "(environment.json), the figures of each epoch (metrics.jsonl), checkpoints, and at the end a summary "
          "(summary.json), the curves of the loss (curves.svg) and, for images, samples (samples.png)."
          "\n\n"
          "The same configuration and seed give the same weights, bit for bit, with any number of threads, and "
          "also when the run was stopped on the way and resumed. Ctrl-C saves before it ends.",
      .examples = {{"elbo train", "the defaults: a VAE on Fashion-MNIST, ten epochs, into runs/vae-1"},
                   {"elbo train configs/vae-planar-fashion-mnist.toml --out runs/planar",
                    "what a file describes, into a folder of your choice"},
                   {"elbo train --set posterior.flow=planar --set posterior.flow.layers=4 --set data.validation=10000",
                    "some keys changed; elbo train --help-config shows all of them"},
                   {"elbo train configs/flow-two-moons.toml --out runs/moons",
                    "a flow as a density model, fitted to a toy"},
                   {"elbo train --resume --out runs/planar --set train.epochs=20", "ten more epochs of that run"}},
      .declare = declare_train,
      .run = run_train};
  return command;
}

}  // namespace elbo::app
