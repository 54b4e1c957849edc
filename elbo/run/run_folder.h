// The folder of a run that exists: what everything after training opens.
//
//   const OpenRun run = open_run("runs/vae-1", {Assignment::of_set("evaluate.batch_size=100")});
//   const auto model = load_model(run);                    // with the weights it ended with
#pragma once

#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/models/kinds.h"
#include "elbo/run/data_record.h"
#include "elbo/settings/config.h"

namespace elbo::run {

struct OpenRun {
  std::filesystem::path folder;
  Config config;
  DataRecord data;

  const Settings& settings() const { return config.settings(); }
};

std::filesystem::path config_file(const std::filesystem::path& run);
// All that a run writes beside its configuration: files and folders.
std::span<const std::string_view> written_names();
// Whether a path is one of them, or in one, or the configuration.
bool is_own_file(const std::filesystem::path& run, const std::filesystem::path& path);

// Throws ConfigError when there is no such folder or it holds no run.
void require_run(const std::filesystem::path& folder);
// The configuration the run was started with.
Config run_config(const std::filesystem::path& folder);

// Throws ConfigError for a setting that would make another model; data, seed and evaluation may be set.
OpenRun open_run(const std::filesystem::path& folder, const std::vector<Assignment>& assignments = {});
// Throws ConfigError that names the kinds of models which can, where this run's cannot:
//   require(run, &models::Capabilities::encodes, "elbo encode")
// or can do any of several things.
using Capability = bool models::Capabilities::*;
void require(const OpenRun& run, Capability capability, std::string_view who);
void require_any(const OpenRun& run, std::initializer_list<Capability> capabilities, std::string_view who);
// The weights of the newest complete checkpoint, or by train.patience those of the best evaluation.  DataError when
// there is none yet, CorruptFileError when there are only damaged ones, ConfigError when config.toml describes another
// model than was trained, NumericalError when a value in it is not finite; a checkpoint that is passed over is
// mentioned in `warnings`.
std::unique_ptr<const models::Model> load_model(const OpenRun& run, std::vector<std::string>* warnings = nullptr);
void load_weights(const std::filesystem::path& folder, const Settings& settings, const nn::Parameters& parameters,
                  std::vector<std::string>* warnings = nullptr);
// The run's data set, or the one that the settings put in its place, read as the run reads data; DataError unless its
// rows fit the model.  `said`: that its files are not those of training.
data::Dataset load_data(const OpenRun& run, const models::Model& model, std::vector<std::string>* said = nullptr);
// All rows of a file, in its order, read likewise: the test split of the result.
data::Dataset load_file(const OpenRun& run, const models::Model& model, const std::filesystem::path& file);

// What a conditional model is given, from a file of such columns, which may hold others that training saw: f32
// [n, context_dim] as the model sees it.
Array load_context(const OpenRun& run, const std::filesystem::path& file);

}  // namespace elbo::run
