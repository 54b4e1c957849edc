// Which models the study of Kong & Li consists of, and the settings of each.
//
//   for (const PlannedRun& run : planned_runs("both")) config.set(run.settings ...), train, evaluate;
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/app/reproduce/study.h"

namespace elbo::app::kong_li {

constexpr int64_t kLatentDim = 20;
constexpr int64_t kEpochs = 100;
constexpr int64_t kBatch = 128;
constexpr int64_t kEvaluationSamples = 10;  // latent samples an example, as the study evaluated

enum class Group : uint8_t {
  kAsPublished,  // the loss and the heads of the public code
  kCorrected,    // the bound; heads without tanh
  kAmortized,    // the same, with the flow's parameters from the encoder
};
std::string_view name_of(Group group);  // "as published", "corrected", "corrected, amortised"

struct PlannedRun {
  std::string folder;  // below the study's: "as-published/planar-8"
  std::string title;   // "8 planar layers"
  Group group = Group::kAsPublished;
  int64_t flow_layers = 0;
  std::optional<double> printed;          // in the paper's section 4.3, nats
  std::optional<double> logged;           // the same model in the authors' logs
  std::optional<double> logged_marginal;  // what their script calls marginal: R + K
  std::vector<std::string> settings;      // "key=value", what differs from the defaults of a run
};

// `variant`: as-published, corrected or both.  Throws ConfigError for another one.
std::vector<PlannedRun> planned_runs(const StudyOptions& options);

}  // namespace elbo::app::kong_li
