// One model of the study: train it in its folder, or go on where that was stopped, and measure it.
#pragma once

#include <filesystem>

#include "elbo/app/config/config.h"
#include "elbo/app/reproduce/kong_li_result.h"
#include "elbo/app/reproduce/study_parts.h"
#include "elbo/app/run/training_progress.h"
#include "elbo/data/dataset.h"
#include "elbo/report/progress.h"

namespace elbo::app::kong_li {

struct RunContext {
  const StudyOptions& options;
  const data::Dataset& dataset;
  report::Progress& progress;
  // The part of the whole study that this model is, and what stands before each line about it.
  ProgressLabel label;
};

// The complete configuration of a run.  Throws ConfigError.
Config config_of(const PlannedRun& plan, const StudyOptions& options);

// The work of one model, counted in training steps, about: by it the time left over all models is told.
struct Work {
  double training = 0;
  double evaluation = 0;
  double all() const { return training + evaluation; }
};
Work work_of(const StudyOptions& options, const data::Dataset& dataset);

// The result in `folder` where it is of these settings; otherwise trains and measures, and leaves it there.  Throws
// Interrupted, and ConfigError when the folder holds a run of other settings.
FinishedRun finish_run(const PlannedRun& plan, const std::filesystem::path& folder, const RunContext& context);

}  // namespace elbo::app::kong_li
