// A study from beginning to end: trains, measures and shows every run, goes on where it was stopped.
//
//   const StudyOutcome outcome = run_study(find_study("posteriors"), {.folder = "posteriors", .epochs = 5});
//   std::cout << outcome.text;
//
// Writes FOLDER/.../ (a run each, as "elbo train" makes it, with result.json), FILE.{md,csv,json} of each table,
// FILE.svg of each picture, results.json and report.html; all but the runs anew while others train, so that there is
// something to see.  A run that is finished is not trained again.
#pragma once

#include <filesystem>
#include <string>

#include "elbo/studies/result.h"

namespace elbo::studies {

struct StudyOutcome {
  std::filesystem::path folder;
  size_t finished = 0, planned = 0;  // runs
  int interrupted_by = 0;            // signal number; what was reached is saved
  std::string text;                  // the first table
  std::string json;                  // results_json
};

// Throws ConfigError for options that do not fit and when the folder holds runs of other settings, RunInUseError when
// another process is at work there, CorruptFileError for a result that is damaged.
StudyOutcome run_study(const Study& study, const StudyOptions& options);

}  // namespace elbo::studies
