// Which posteriors the study compares, and the settings of each.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbo/app/config/config.h"
#include "elbo/app/reproduce/study.h"

namespace elbo::app::posteriors {

constexpr int64_t kEpochs = 20;
constexpr int64_t kSeeds = 2;
constexpr int64_t kLatentDim = 32;
constexpr int64_t kBatch = 128;
constexpr int64_t kEvaluationSamples = 10;

struct PlannedPosterior {
  std::string name;   // of its folder: "sylvester-householder"
  std::string title;  // "Sylvester, Householder, 4 layers"
  std::string paper;
  std::vector<std::string> settings;  // "key=value", beside those that all have
};
const std::vector<PlannedPosterior>& planned_posteriors();

// The complete configuration of one run.  Throws ConfigError.
Config config_of(const PlannedPosterior& plan, uint64_t seed, const StudyOptions& options);

// The epochs, seeds and folder that the study has where the options leave them open.
StudyOptions resolved(StudyOptions options);

}  // namespace elbo::app::posteriors
