// Measures by name: figures of a trained model that a study's tables and pictures show.
//
//   const Figures figures = measure.measure(site, settings);        figures.at("negative_elbo_test").mean
//
// A new one is a file in measures/ that ends in a row, and a line in measure.cpp.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "elbo/eval/evaluate.h"
#include "elbo/run/build.h"
#include "elbo/settings/registry.h"

namespace elbo::studies {

// Nats an example where they are a mean over examples; a plain number has 0 samples, and no error.
using Figures = std::map<std::string, eval::Estimate, std::less<>>;
eval::Estimate plain(double value);

struct MeasureSite {
  const run::RunModel& run;
  uint64_t seed = 0;  // of the study: all runs are measured by the same draws
  int threads = 0;
  std::function<void(double fraction)> on_progress{};

  eval::EvaluateOptions evaluation(const Settings& settings) const;  // with settings' latent_samples, where it has them
};

struct Measure {
  std::string_view name, description, paper;
  std::vector<Option> settings;
  std::vector<std::string> (*quantities)(const Settings& settings) = nullptr;  // that it may give
  Figures (*measure)(const MeasureSite& site, const Settings& settings) = nullptr;
};

const Registry<Measure>& measures();

}  // namespace elbo::studies
