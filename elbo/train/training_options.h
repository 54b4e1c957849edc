// The table [train] of a configuration: how long, in which pieces, and what is kept.
//
//   Group{.key = "train", .meaning = "...", .options = train::training_settings()}
//   TrainingOptions options = train::training_options(settings.group("train"));
//   options.folder = "runs/first";
#pragma once

#include <vector>

#include "elbo/settings/option.h"
#include "elbo/settings/settings.h"
#include "elbo/train/trainer.h"

namespace elbo::train {

std::vector<Option> training_settings();

// Seed, threads, folder and resuming are not of that table: they are as TrainingOptions has them.  The average of the
// weights is one of the step's graph (average.h).
TrainingOptions training_options(const Settings& train);

}  // namespace elbo::train
