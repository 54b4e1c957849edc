// Which runs a study consists of: each model on each data set with each seed, and the whole configuration of each.
//
//   for (const PlannedRun& run : planned_runs(study, options)) train_run(run.config, {.folder = folder / run.folder});
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "elbo/studies/study.h"

namespace elbo::studies {

// What the command line says over the study's file.
struct StudyOptions {
  std::string data;                   // one of the study's data sets, or instead of its only one
  std::filesystem::path data_folder;  // empty: the data set's own place
  std::filesystem::path folder;       // of all results; empty: reproduce/STUDY, with the data set where it has one
  std::vector<std::string> only;      // models or groups; empty: all
  std::optional<int64_t> epochs;      // of each run
  int64_t limit = 0;                  // first rows of each split; 0: all
  std::optional<int64_t> importance_samples;  // of its measures
  uint64_t seed = 0;
  std::optional<int64_t> seeds;      // models trained of each kind, from seed on
  std::vector<Assignment> settings;  // of all runs
  int threads = 0;                   // 0: one for each core
  bool quiet = false;                // no progress
};

struct PlannedRun {
  const StudyModel* model = nullptr;  // of the study
  std::string data;
  uint64_t seed = 0;
  std::filesystem::path folder;  // in that of the study: DATA/GROUP/MODEL/seed-N, as far as it has several
  Config config;
};

// Seed by seed and data set by data set, so that models can be compared before the first is repeated.  Throws
// ConfigError for options that the study has no use for, and for settings that are wrong.
std::vector<PlannedRun> planned_runs(const Study& study, const StudyOptions& options);

// The study with the options that change what is measured.
Study with(const Study& study, const StudyOptions& options);
std::filesystem::path folder_of(const Study& study, const StudyOptions& options);
// "elbo reproduce kong-li --data mnist --seed 0": what repeats it, but for where the files are.
std::string command_of(const Study& study, const StudyOptions& options);

}  // namespace elbo::studies
