// The folder of a run that exists: what the commands after `elbo train` open.
//
//   const OpenRun run = open_run("runs/vae-1", arguments);             // --set and flags on top of the run's own
//   const models::BuiltVae model = load_model(run);                    // the weights it ended with
#pragma once

#include <filesystem>
#include <string>

#include "elbo/app/config/arguments.h"
#include "elbo/app/config/config.h"
#include "elbo/app/run/environment.h"
#include "elbo/data/dataset.h"
#include "elbo/models/vae_builder.h"

namespace elbo::app {

struct OpenRun {
  std::filesystem::path folder;
  Config config;
  DataFacts data;
};

std::filesystem::path config_file(const std::filesystem::path& run);

// Throws ConfigError when there is no such folder or it holds no run.
void require_run(const std::filesystem::path& folder);
// The configuration the run was started with.
Config run_config(const std::filesystem::path& folder);

// Throws ConfigError for a setting that would make another model; data, seed and evaluation may be set.
OpenRun open_run(const std::filesystem::path& folder, const Arguments& arguments);
// The weights of the newest complete checkpoint, or by train.patience those of the best evaluation.  DataError when
// there is none yet, CorruptFileError when there are only damaged ones; one that is passed over is mentioned on
// standard error.
models::BuiltVae load_model(const OpenRun& run);
void load_weights(const OpenRun& run, const nn::Parameters& parameters);
// The run's data set, or the one that the settings put in its place; DataError unless its rows fit the model.
data::Dataset load_data(const OpenRun& run);

}  // namespace elbo::app
