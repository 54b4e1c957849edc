// The folder of a run that exists: what everything after training opens.
//
//   const OpenRun run = open_run("runs/vae-1", {Assignment::of_set("evaluate.batch_size=100")});
//   const auto model = load_model(run);                    // with the weights it ended with
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/models/kinds.h"
#include "elbo/run/environment.h"
#include "elbo/settings/config.h"

namespace elbo::run {

struct OpenRun {
  std::filesystem::path folder;
  Config config;
  DataFacts data;

  const Settings& settings() const { return config.settings(); }
};

std::filesystem::path config_file(const std::filesystem::path& run);

// Throws ConfigError when there is no such folder or it holds no run.
void require_run(const std::filesystem::path& folder);
// The configuration the run was started with.
Config run_config(const std::filesystem::path& folder);

// Throws ConfigError for a setting that would make another model; data, seed and evaluation may be set.
OpenRun open_run(const std::filesystem::path& folder, const std::vector<Assignment>& assignments = {});
// Throws ConfigError that names the kinds of models which can, where this run's cannot:
//   require(run, &models::Capabilities::encodes, "elbo encode")
void require(const OpenRun& run, bool models::Capabilities::*capability, std::string_view who);
// The weights of the newest complete checkpoint, or by train.patience those of the best evaluation.  DataError when
// there is none yet, CorruptFileError when there are only damaged ones, ConfigError when config.toml describes another
// model than was trained, NumericalError when a value in it is not finite; a checkpoint that is passed over is
// mentioned in `warnings`.
std::unique_ptr<const models::Model> load_model(const OpenRun& run, std::vector<std::string>* warnings = nullptr);
void load_weights(const std::filesystem::path& folder, const Settings& settings, const nn::Parameters& parameters,
                  std::vector<std::string>* warnings = nullptr);
// The run's data set, or the one that the settings put in its place; DataError unless its rows fit the model.
data::Dataset load_data(const OpenRun& run, const models::Model& model);

}  // namespace elbo::run
