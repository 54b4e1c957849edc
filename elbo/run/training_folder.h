// TrainingFolder: the folder that a run is written to, from the first look at it to the moment training begins.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "elbo/data/dataset.h"
#include "elbo/io/run_lock.h"
#include "elbo/run/environment.h"
#include "elbo/settings/config.h"

namespace elbo::run {

struct TrainingFolderOptions {
  std::filesystem::path folder;
  bool resume = false;
  bool replace = false;
};

class TrainingFolder {
 public:
  // Looks, and locks a folder that is there; changes nothing else.  Throws ConfigError when it may not be used,
  // RunInUseError when another process trains there.
  TrainingFolder(const TrainingFolderOptions& options, const Config& config);

  // Whether there is a run to go on with.
  bool resumes() const { return resumes_; }
  // The epochs it was to have; 0 without one.
  int64_t epochs_before() const { return epochs_before_; }
  // Where it resumes, throws DataError for other data than the run began with.
  void require_same(const data::Dataset& dataset) const;
  // Makes and locks the folder if need be, clears what is to be replaced, writes config.toml and environment.json.
  void begin(const Config& config, const data::Dataset& dataset, const Surroundings& surroundings);

 private:
  std::filesystem::path folder_;
  bool holds_run_ = false;
  bool resumes_ = false;
  int64_t epochs_before_ = 0;
  std::optional<io::RunLock> lock_;
};

// "runs/vae-3": the first of that name with a number that is not there yet.  Makes it, so that two processes that start
// together get one each.
std::filesystem::path make_numbered_folder(const std::filesystem::path& parent, const std::string& name);

}  // namespace elbo::run
