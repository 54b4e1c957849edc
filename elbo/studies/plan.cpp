#include "elbo/studies/plan.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/data/registry.h"
#include "elbo/run/schema.h"
#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::studies {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void no_use(const Study& study, const char* option) {
  throw ConfigError(fmt::format("{}: the study {} has no use for it", option, study.name));
}

std::vector<std::string> data_of(const Study& study, const StudyOptions& options) {
  const std::vector<std::string>& own = study.settings.texts("data");
  if (options.data.empty()) return own.empty() ? std::vector<std::string>{""} : own;
  if (!own.empty() && std::find(own.begin(), own.end(), options.data) == own.end()) {
    throw ConfigError("--data: " + unknown_name("data set", options.data, own));
  }
  return {options.data};
}

int64_t seeds_of(const Study& study, const StudyOptions& options) {
  const int64_t own = study.settings.integer("seeds");
  if (options.seeds && own == 0) no_use(study, "--seeds");
  return std::max<int64_t>(1, options.seeds.value_or(own));
}

std::vector<const StudyModel*> models_of(const Study& study, const StudyOptions& options) {
  std::vector<std::string> known;
  for (const ModelGroup& group : study.groups) {
    if (!group.name.empty()) known.push_back(group.name);
  }
  std::vector<const StudyModel*> models;
  for (const StudyModel& model : study.models) {
    const std::string id = study.id(model);
    known.push_back(id);
    const auto names = [&](const std::string& only) { return only == id || only == study.groups[model.group].name; };
    if (options.only.empty() || std::any_of(options.only.begin(), options.only.end(), names)) models.push_back(&model);
  }
  for (const std::string& only : options.only) {
    if (std::find(known.begin(), known.end(), only) == known.end()) {
      throw ConfigError("--only: " + unknown_name("model or group", only, known));
    }
  }
  return models;
}

Config config_of(const Study& study, const StudyModel& model, const std::string& data, uint64_t seed,
                 const StudyOptions& options) {
  std::vector<Assignment> all = study.common;
  const auto add = [&](const std::vector<Assignment>& more) { all.insert(all.end(), more.begin(), more.end()); };
  const auto set = [&](const char* key, const std::string& value, const char* option) {
    all.push_back(Assignment::of_flag(key, value, fmt::format("{} {}", option, value)));
  };
  add(study.groups[model.group].settings);
  add(model.settings);
  if (!data.empty()) set("data.name", data, "--data");
  if (!options.data_folder.empty()) set("data.folder", fs::absolute(options.data_folder).string(), "--data-dir");
  if (options.epochs) set("train.epochs", std::to_string(*options.epochs), "--epochs");
  if (options.limit > 0) set("data.limit", std::to_string(options.limit), "--limit");
  set("seed", std::to_string(seed), "--seed");
  add(options.settings);
  Config config(run::run_schema(), all);
  if (options.limit > 0 && options.limit < config->integer("train.batch_size")) {
    config.add({Assignment::of_flag("train.batch_size", std::to_string(options.limit), "--limit")});
  }
  if (const int64_t checkpoints = study.settings.integer("checkpoints"); checkpoints > 0) {
    const int64_t every = (config->integer("train.epochs") + checkpoints - 1) / checkpoints;
    config.set(fmt::format("train.checkpoint_every={}", std::max<int64_t>(1, every)));
  }
  return config;
}

}  // namespace

std::vector<PlannedRun> planned_runs(const Study& study, const StudyOptions& options) {
  const std::vector<std::string> data = data_of(study, options);
  const bool has_data = !study.settings.texts("data").empty();
  std::vector<PlannedRun> runs;
  for (uint64_t repeat = 0; repeat < static_cast<uint64_t>(seeds_of(study, options)); ++repeat) {
    const uint64_t seed = options.seed + repeat;
    for (const std::string& one : data) {
      for (const StudyModel* model : models_of(study, options)) {
        fs::path folder = has_data ? fs::path(one) / study.id(*model) : fs::path(study.id(*model));
        if (study.settings.integer("seeds") > 0) folder /= fmt::format("seed-{}", seed);
        Config config = config_of(study, *model, one, seed, options);
        std::string name = data::name_of(config->part("data"));
        runs.push_back({.model = model, .data = name, .seed = seed, .folder = folder, .config = std::move(config)});
      }
    }
  }
  return runs;
}

Study with(const Study& study, const StudyOptions& options) {
  if (!options.importance_samples) return study;
  std::vector<Assignment> more;
  const auto measures = study.settings.parts("measures");
  for (size_t i = 0; i < measures.size(); ++i) {
    if (!measures[i].has("importance_samples") || measures[i].integer("importance_samples") == 0) continue;
    more.push_back(Assignment::of_flag(fmt::format("measures.{}.importance_samples", i),
                                       std::to_string(*options.importance_samples), "--importance-samples"));
  }
  if (more.empty()) no_use(study, "--importance-samples");
  return with(study, more);
}

fs::path folder_of(const Study& study, const StudyOptions& options) {
  if (!options.folder.empty()) return options.folder;
  if (!study.settings.texts("data").empty()) return fs::path("reproduce") / study.name;
  std::string name = planned_runs(study, options).front().data;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c == '/' || c == ':'; }, '-');
  return fs::path("reproduce") / fmt::format("{}-{}", study.name, name);
}

std::string command_of(const Study& study, const StudyOptions& options) {
  std::string command = fmt::format("elbo reproduce {}{}", study.name, study.own ? "" : ".toml");
  if (!options.data.empty()) command += " --data " + options.data;
  for (const std::string& only : options.only) command += " --only " + only;
  if (options.epochs) command += fmt::format(" --epochs {}", *options.epochs);
  if (options.seeds) command += fmt::format(" --seeds {}", *options.seeds);
  command += fmt::format(" --seed {}", options.seed);
  if (options.importance_samples) command += fmt::format(" --importance-samples {}", *options.importance_samples);
  if (options.limit > 0) command += fmt::format(" --limit {}", options.limit);
  for (const Assignment& setting : options.settings) command += " " + setting.origin.text;
  return command;
}

}  // namespace elbo::studies
