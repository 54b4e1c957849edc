// elbo explain: a model as compiled.
#include "elbo/run/explain.h"

#include <filesystem>

#include "elbo/app/commands/commands.h"
#include "elbo/app/commands/shared.h"
#include "elbo/app/messages.h"
#include "elbo/run/run_folder.h"
#include "elbo/run/schema.h"

namespace elbo::app {
namespace {

void declare_explain(Arguments& arguments) {
  arguments.add_positional({.name = "CONFIG",
                            .meaning = "configuration file, or folder of a run; left out: all defaults",
                            .required = false});
  arguments.add_settings(run::run_schema());
  arguments.add_setting({.name = "data-dir", .key = "data.folder", .spelling = {.placeholder = "FOLDER"}});
}

ExitCode run_explain(const Arguments& arguments) {
  std::filesystem::path source = arguments.text("CONFIG");
  std::error_code ignored;
  if (std::filesystem::is_directory(source, ignored)) {
    run::require_run(source);
    source = run::config_file(source);
  }
  const Config config = arguments.config(source);
  const run::RunModel built = run::build_run(config.settings());
  print(run::explain_model(config.settings(), built) + "\n");
  const Executable step = compile(built.step, {.guard = "loss"});
  print(run::explain_step(built.step, step.report()));
  return ExitCode::kDone;
}

}  // namespace

const Command& explain_command() {
  static const Command command{
      .name = "explain",
      .summary = "show a model as compiled: layers, passes, kernels, memory",
      .help =
          "Builds the model of a configuration or a run and compiles its training step, without training. Shown are "
          "the layers with their parameters, how many nodes the graph has after each pass, the kernels that a step "
          "consists of after fusion, its floating-point operations, and the memory that is planned: how much, and "
          "who is alive when it is fullest.",
      .examples = {{"elbo explain configs/vae-planar-fashion-mnist.toml", "what a file describes"},
                   {"elbo explain --set posterior.flow=planar --set posterior.flow.layers=80",
                    "eighty layers, one kernel"}},
      .declare = declare_explain,
      .run = run_explain};
  return command;
}

}  // namespace elbo::app
