// Studies: published experiments that one command runs again, each a file that ends in a Study and a line in study.cpp.
//
//   const Study& study = study_named("kong-li");
//   const ExitCode code = study.run({.data = "mnist", .data_folder = "/data/mnist", .folder = "kong-li"});
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "elbo/settings/error.h"

namespace elbo::app {

// What the command line says; what a study does not read is refused before it begins.
struct StudyOptions {
  std::string data = "fashion-mnist";
  std::string data_folder;           // empty: the data set's own place
  std::filesystem::path folder;      // all results; empty: reproduce/<study>
  int64_t epochs = 0;                // 0: as the study did
  std::string variant = "both";      // as-published, corrected, both
  int64_t limit = 0;                 // first rows of each split; 0: all
  int64_t importance_samples = 100;  // 0: no importance-weighted figure
  uint64_t seed = 0;
  int64_t seeds = 0;  // models trained of each kind, from seed on; 0: as the study did
  int threads = 0;    // 0: as many as OpenMP would take
  bool json = false;
  bool quiet = false;  // no progress
};

struct Study {
  std::string_view name;
  std::string_view summary;  // one line
  std::string_view paper;
  std::string_view duration;      // what it takes, on which machine
  bool has_variants = false;      // reads StudyOptions::variant
  bool repeats = false;           // reads StudyOptions::seeds
  bool in_the_plane = false;      // reads neither data_folder nor importance_samples
  std::string_view options = {};  // sentences: what --data, --epochs and others mean to it, beyond what help says
  ExitCode (*run)(const StudyOptions& options);
};

std::span<const Study* const> studies();
// Throws ConfigError, listing the known names.
const Study& study_named(std::string_view name);

}  // namespace elbo::app
