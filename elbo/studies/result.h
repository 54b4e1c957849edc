// What the runs of a study came to: computed once, kept in each run's folder as result.json, read back by later calls.
//
//   for (const Row& row : rows_of(results))  row.figure("negative_elbo_test")->estimate.mean
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elbo/report/image.h"
#include "elbo/studies/measure.h"
#include "elbo/studies/plan.h"

namespace elbo::studies {

struct RunResult {
  std::string config;    // config.toml of the run, to tell whether a result is of these settings
  std::string measured;  // by which measures
  Figures figures;
  std::vector<std::map<std::string, double>> epochs;  // of training, by the names of its metrics
};

std::string to_json(const RunResult& result);
// Throws CorruptFileError, which names `file`.
RunResult result_from_json(const std::string& text, const std::string& file);
// Nothing when the run has no result yet.
std::optional<RunResult> read_result(const std::filesystem::path& run);
void write_result(const std::filesystem::path& run, const RunResult& result);

struct FinishedRun {
  const PlannedRun* plan = nullptr;
  RunResult result;
  std::vector<std::vector<report::Image>> images{};  // of each of the study's pictures, what it takes of a run
};

struct StudyResults {
  const Study& study;
  const StudyOptions& options;
  std::vector<PlannedRun> plan;
  std::vector<FinishedRun> runs{};  // as far as they are finished, in the order of the plan
};

// Means over seeds.
struct Pooled {
  eval::Estimate estimate;       // with the mean of the errors
  std::optional<double> spread;  // standard deviation between seeds, where there are several
};
Pooled pooled(const std::vector<eval::Estimate>& runs);

// A model on a data set.
struct Row {
  const StudyModel* model = nullptr;
  std::string data;
  std::vector<const FinishedRun*> runs;

  // Of the runs, or a figure that the study's file has for the model; "a-b" is the difference of two, without an
  // error.  Nothing where there is none.
  std::optional<Pooled> figure(const std::string& quantity) const;
};
// Data set by data set, models in the order of the study.
std::vector<Row> rows_of(const StudyResults& results);

// "a-b" as its two names; a name alone as itself; nothing of an empty text.
std::vector<std::string> quantity_parts(const std::string& quantity);

// {"study", "command", "runs": [{"model", "data", "seed", "figures": {...}}, ...]}: everything with all digits.
std::string results_json(const StudyResults& results);

}  // namespace elbo::studies
