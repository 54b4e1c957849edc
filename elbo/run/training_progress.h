// Training on a progress line: epoch, loss, step rate; a line that stays for each epoch where it is no terminal.
//
//   report::Progress progress;
//   train_run(config, {.folder = folder}, training_callbacks(progress, {.text = "8 planar layers: "}));
#pragma once

#include <string>

#include "elbo/report/progress.h"
#include "elbo/train/trainer.h"

namespace elbo::run {

struct ProgressLabel {
  std::string text = "";  // stands before each line
  double first = 0;       // where this training begins and ends in the whole work, from 0 to 1
  double last = 1;
};

// `progress` must outlive the callbacks.  on_message lines stay above the live line.
train::TrainingCallbacks training_callbacks(report::Progress& progress, const ProgressLabel& label = {});

}  // namespace elbo::run
