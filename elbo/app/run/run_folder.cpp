#include "elbo/app/run/run_folder.h"

#include <fmt/format.h>
#include <optional>
#include <vector>

#include "elbo/app/config/model_keys.h"
#include "elbo/app/config/schema.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/messages.h"
#include "elbo/settings/error.h"
#include "elbo/train/trainer.h"

namespace elbo::app {
namespace fs = std::filesystem;
namespace {

// What a finished run can be asked under other settings: none of these changes its weights.
bool is_open_after_training(const std::string& key) {
  return key == "seed" || key.starts_with("data.") || key.starts_with("evaluate.");
}

}  // namespace

fs::path config_file(const fs::path& run) {
  return run / "config.toml";
}

void require_run(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  const std::string name = shortened(folder.string());
  if (status.type() == fs::file_type::not_found) throw ConfigError(fmt::format("{}: there is no such run", name));
  if (error) throw IoError(fmt::format("{}: cannot be opened: {}", name, error.message()));
  if (!fs::is_directory(status)) {
    throw ConfigError(fmt::format("{}: is a file; the folder of a run is needed, as elbo train makes it", name));
  }
  if (!fs::exists(config_file(folder), error)) {
    throw ConfigError(fmt::format("{}: is no run of elbo train: it holds no config.toml", name));
  }
}

Config run_config(const fs::path& folder) {
  require_run(folder);
  return load_config(run_schema(), {.file = config_file(folder), .assignments = {}});
}

OpenRun open_run(const fs::path& folder, const Arguments& arguments) {
  const Config own = run_config(folder);
  OpenRun run{.folder = folder, .config = own, .data = read_data_facts(folder)};
  arguments.apply_settings(run.config);
  refuse_foreign_flags(run.config);
  for (const std::string& key : run.config.schema().keys()) {
    if (run.config.value(key) == own.value(key) || is_open_after_training(key)) continue;
    run.config.refuse(key, fmt::format("the run {} was trained with {}, which cannot be changed afterwards",
                                       folder.string(), to_literal(own.value(key))));
  }
  return run;
}

void load_weights(const OpenRun& run, const nn::Parameters& parameters) {
  std::vector<std::string> warnings;
  try {
    train::load_variables(run.folder, parameters.all(), &warnings);
  } catch (const DataError&) {
    if (!warnings.empty()) throw CorruptFileError(warnings.front() + "; there is no other checkpoint to fall back to");
    throw DataError(
        fmt::format("{}: has no checkpoint yet; the first is written at the end of an epoch, and "
                    "elbo train --resume --out {} goes on with a run that was cut short",
                    run.folder.string(), run.folder.string()));
  }
  for (const std::string& warning : warnings) warn(warning);
}

models::BuiltVae load_model(const OpenRun& run) {
  models::BuiltVae model = build_model(run.config, run.data.dim);
  load_weights(run, model.parameters);
  return model;
}

data::Dataset load_data(const OpenRun& run) {
  data::Dataset dataset = load_data(run.config);
  if (dataset.dim() != run.data.dim) {
    throw DataError(fmt::format("{} was trained on rows of {} values; those of {} have {}", run.folder.string(),
                                run.data.dim, dataset.name, dataset.dim()));
  }
  check_value_range(run.config, dataset);
  return dataset;
}

}  // namespace elbo::app
