// What one epoch of training gave, as metrics.jsonl, checkpoints and callbacks tell it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace elbo::train {

// Means over the batches of an epoch, by the name of the output.
using Metrics = std::map<std::string, double>;

struct EpochReport {
  int64_t epoch = 0;  // from 1 on; 0: none yet
  int64_t step = 0;   // steps done in all
  Metrics train;
  Metrics validation;  // empty when none was made; "loss" decides about patience
  double seconds = 0;  // of this epoch
};

}  // namespace elbo::train
