#include "elbo/run/training_folder.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "elbo/io/file.h"
#include "elbo/run/data_record.h"
#include "elbo/run/environment.h"
#include "elbo/run/run_folder.h"
#include "elbo/run/seal.h"
#include "elbo/settings/error.h"
#include "elbo/settings/toml_writer.h"

namespace elbo::run {
namespace fs = std::filesystem;
namespace {

// Names in a folder, but for what a run that was killed before it began leaves behind.
std::vector<std::string> contents(const fs::path& folder) {
  std::vector<std::string> names = io::names_in(folder);
  std::erase_if(names, [](const std::string& name) { return name == "run.lock" || name.starts_with(".elbo-tmp-"); });
  return names;
}

// Another program's config.toml may stand there, and what it calls checkpoints.  A run says in environment.json that it
// is ours; one that was killed before it came to that has written nothing else yet.
void require_ours(const fs::path& folder) {
  if (is_environment(folder)) return;
  std::string what = "config.toml";
  try {
    run_config(folder);
    const std::vector<std::string> names = contents(folder);
    const auto ours = written_names();
    const auto written = std::find_first_of(names.begin(), names.end(), ours.begin(), ours.end());
    if (written == names.end()) return;
    what = *written;
  } catch (const ConfigError&) {
  }
  throw ConfigError(
      fmt::format("{}: nothing there says that its {} is of elbo train (environment.json would); --force "
                  "deletes only runs of elbo",
                  folder.string(), what));
}

void require_same_run(const Config& config, const Config& before, const fs::path& folder) {
  std::vector<std::string> differing;
  const auto text_of = [](const std::optional<Value>& value) {
    return value ? to_literal(*value) : std::string("nothing");
  };
  for (const Difference& one : differences(config.settings(), before.settings())) {
    if (may_change_on_resuming(one.key, config.settings())) continue;
    if (one.key == "train.epochs" && config.settings().integer(one.key) > before.settings().integer(one.key)) continue;
    differing.push_back(fmt::format("{} = {} (the run: {})", one.key, text_of(one.now), text_of(one.before)));
  }
  if (differing.empty()) return;
  throw ConfigError(fmt::format("{}: a run is resumed only as it was configured, but for more epochs; different {} {}",
                                folder.string(), differing.size() == 1 ? "is" : "are", fmt::join(differing, ", ")));
}

void delete_tree(const fs::path& path) {
  std::error_code error;
  fs::remove_all(path, error);
  if (error) throw IoError(fmt::format("{}: cannot be deleted: {}", path.string(), error.message()));
}

}  // namespace

TrainingFolder::TrainingFolder(const TrainingFolderOptions& options, const Config& config) : folder_(options.folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder_, error);
  const std::string name = folder_.string();
  if (status.type() == fs::file_type::not_found && fs::is_symlink(folder_, error)) {
    throw ConfigError(fmt::format("{}: is a link to what is not there; a run needs a folder", name));
  }
  if (status.type() == fs::file_type::not_found) return;
  if (error) throw IoError(fmt::format("{}: cannot be opened: {}", name, error.message()));
  if (!fs::is_directory(status)) throw ConfigError(fmt::format("{}: is a file; a run needs a folder", name));
  const auto is_foreign = [&] { return !contents(folder_).empty() && !fs::exists(config_file(folder_), error); };
  if (is_foreign()) {
    throw ConfigError(fmt::format("{}: is not empty and holds no run; a run needs a folder of its own", name));
  }
  if (options.replace && !contents(folder_).empty()) require_ours(folder_);
  lock_.emplace(folder_);
  holds_run_ = !contents(folder_).empty();
  if (!holds_run_ || options.replace) return;
  if (!options.resume) {
    throw ConfigError(fmt::format("{}: holds a run already; --resume goes on with it, --force replaces it", name));
  }
  const Config before = run_config(folder_);
  require_same_run(config, before, folder_);
  epochs_before_ = before.settings().integer("train.epochs");
  resumes_ = true;
}

void TrainingFolder::require_same(const data::Dataset& dataset) const {
  std::error_code error;
  if (!resumes_ || !fs::exists(data_file(folder_), error)) return;  // killed before it was written
  const std::string changed = difference(read_data_record(folder_).sources, dataset.sources);
  if (!changed.empty()) {
    throw DataError(fmt::format("{}: {}; a run is resumed only on the data it began with", folder_.string(), changed));
  }
}

void TrainingFolder::begin(const Config& config, const data::Dataset& dataset, const Surroundings& surroundings) {
  if (!lock_) {
    io::make_folders(folder_);
    lock_.emplace(folder_);
    if (!contents(folder_).empty()) {
      throw RunInUseError(fmt::format("{}: another process has begun a run there just now", folder_.string()));
    }
  }
  // Killed between any two of these (environment.json goes last), the folder is either the old run without checkpoints
  // or the new one.
  if (holds_run_ && !resumes_) {
    for (const std::string_view name : written_names()) {
      if (name != "run.lock") delete_tree(folder_ / name);
    }
  }
  delete_tree(folder_ / "summary.json");  // what it says is not so any more
  io::write_atomic(config_file(folder_), to_toml(config.settings()));
  // A run that goes on keeps its environment.json: it is of the instruction set that it began on.
  std::error_code error;
  if (!fs::exists(data_file(folder_), error)) write_data_record(folder_, dataset);
  if (!fs::exists(environment_file(folder_), error)) write_environment(folder_, surroundings);
}

fs::path make_numbered_folder(const fs::path& parent, const std::string& name) {
  io::make_folders(parent);
  for (int64_t number = 1;; ++number) {
    const fs::path folder = parent / fmt::format("{}-{}", name, number);
    std::error_code error;
    if (fs::create_directory(folder, error)) return folder;
    if (error) throw IoError(fmt::format("{}: cannot be made: {}", folder.string(), error.message()));
  }
}

}  // namespace elbo::run
