// What a run trains, whatever its model: what training, validating and showing need of it.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "elbo/app/run/build.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/train/trainer.h"

namespace elbo::app {

struct Trainee {
  const data::Dataset& dataset;
  const Graph& step;
  const nn::Parameters& parameters;
  std::vector<std::string> remarks;                              // what may surprise, said before it does
  std::vector<std::string> warnings;                             // what is likely a mistake, or costs much
  std::function<train::Metrics(int threads)> validate;           // on the validation rows; none by reverse KL
  std::function<Array(int64_t rows, int threads)> draw_samples;  // for samples.png, where the data are images
};

// Both refer to config and run, which must outlive them.
Trainee trainee_of(const Config& config, const RunModel& run);
Trainee trainee_of(const Config& config, const FlowRun& run);

}  // namespace elbo::app
