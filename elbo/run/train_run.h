// Training as a run: a folder with config.toml, environment.json, metrics.jsonl, checkpoints/, and at the end
// summary.json, curves.svg and, where the data are images, samples.png.
//
//   report::Progress progress;
//   const RunOutcome outcome = train_run(config, {.folder = "runs/first"}, training_callbacks(progress));
//   outcome.training.last.train.at("loss");
//
// The function behind `elbo train`; a study that trains several models calls it once for each.
#pragma once

#include <filesystem>
#include <string>

#include "elbo/run/build.h"
#include "elbo/run/training_progress.h"
#include "elbo/settings/config.h"
#include "elbo/train/trainer.h"

namespace elbo::run {

struct RunOptions {
  std::filesystem::path folder;
  bool resume = false;   // go on with what is in the folder; one that is empty or missing begins anew
  bool replace = false;  // delete the run that is in the folder and begin anew
  int threads = 0;       // 0: one for each processor this process may use
};

struct RunOutcome {
  train::TrainingResult training;
  std::filesystem::path folder;
  int64_t parameters = 0;
};

// Throws ConfigError when the folder is not empty and neither resume nor replace is given, when it is to be resumed
// with another configuration, or when it is no run of ours; RunInUseError when another process trains there;
// CorruptFileError when it is to be resumed and all its checkpoints are damaged.
RunOutcome train_run(const Config& config, const RunOptions& options, const train::TrainingCallbacks& callbacks = {});
// With data, model and graph that are built already.
RunOutcome train_run(const Config& config, RunModel& run, const RunOptions& options,
                     const train::TrainingCallbacks& callbacks = {});

}  // namespace elbo::run
