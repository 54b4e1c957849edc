// What the study shows: the table, the pictures and the page.
#pragma once

#include <string>
#include <vector>

#include "elbo/app/reproduce/posteriors_run.h"
#include "elbo/report/svg.h"
#include "elbo/report/table.h"

namespace elbo::app::posteriors {

// A posterior with the runs that are finished, in the order of their seeds; at least one.
struct FinishedPosterior {
  PlannedPosterior plan;
  std::vector<RunResult> runs;
};

// Over the runs of one posterior.  The error is that over the images: the runs share them, so it stays as it is.
struct Pooled {
  eval::Estimate estimate;
  std::optional<double> spread;  // standard deviation between seeds; of two at least
};
Pooled pooled(const std::vector<eval::Estimate>& runs);

report::Table results_table(const std::vector<FinishedPosterior>& finished);
// {"study", "data", ..., "posteriors": [{"name", ..., "runs": [...]}]}: all runs with all digits.
std::string results_json(const StudyOptions& options, const std::vector<FinishedPosterior>& finished);

// NLL and -ELBO of every run; the bar between them is the gap.
report::Svg gap_drawing(const std::vector<FinishedPosterior>& finished, const std::string& data);
// -ELBO in training, less that of the first posterior at the same epoch; means over the seeds.
report::Svg curves_drawing(const std::vector<FinishedPosterior>& finished);

struct PageInput {
  const StudyOptions& options;
  const std::vector<FinishedPosterior>& finished;
  size_t done = 0;  // runs
  size_t planned = 0;
};
std::string page(const PageInput& input);

}  // namespace elbo::app::posteriors
