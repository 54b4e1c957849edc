// One run of the study: a posterior with one seed, trained and measured; kept in its folder as result.json.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "elbo/app/reproduce/posteriors_plan.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/data/dataset.h"

namespace elbo::app::posteriors {

struct RunResult {
  std::string config;              // config.toml of the run, to tell whether a result is of these settings
  int64_t importance_samples = 0;  // 0: nll is missing
  eval::Estimate negative_elbo;    // on the test images, nats
  eval::Estimate reconstruction;
  eval::Estimate kl;
  std::optional<eval::Estimate> nll;
  int64_t count_test = 0;
  int64_t parameters = 0;
  double ms_per_step = 0;      // median over the epochs
  double seconds = 0;          // of training
  std::vector<double> losses;  // -ELBO on the training images, mean over each epoch
};

std::string to_json(const RunResult& result);
// Throws CorruptFileError, which names `file`.
RunResult result_from_json(const std::string& text, const std::string& file);

struct RunContext {
  const StudyOptions& options;
  const data::Dataset& dataset;
  report::Progress& progress;
  ProgressLabel label;  // the part of the study that this run is
};

// The result in `folder` where it is of these settings; otherwise trains and measures, and leaves it there.  Throws
// Interrupted, and ConfigError when the folder holds a run of other settings.
RunResult finish_run(const PlannedPosterior& plan, uint64_t seed, const std::filesystem::path& folder,
                     const RunContext& context);

}  // namespace elbo::app::posteriors
