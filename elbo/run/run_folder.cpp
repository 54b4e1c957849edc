#include "elbo/run/run_folder.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "elbo/data/registry.h"
#include "elbo/run/build.h"
#include "elbo/run/schema.h"
#include "elbo/run/seal.h"
#include "elbo/settings/error.h"
#include "elbo/train/checkpoints.h"

namespace elbo::run {
namespace fs = std::filesystem;
namespace {

// What the run has where a key of now has nothing to stand for: "posterior.flow = planar" for posterior.flow.0.name.
std::string what_stood(std::string place, const Settings& own) {
  while (!place.empty() && !own.has(place)) place.resize(place.rfind('.') == place.npos ? 0 : place.rfind('.'));
  return place.empty() ? "nothing of that kind" : fmt::format("{} = {}", place, to_literal(own.value(place)));
}

}  // namespace

fs::path config_file(const fs::path& run) {
  return run / "config.toml";
}

std::span<const std::string_view> written_names() {
  static constexpr std::array<std::string_view, 12> kNames{
      "checkpoints",      "best",      "metrics.jsonl", "summary.json", "curves.svg", "samples.png",
      "environment.json", "data.json", "split.npy",     "run.lock",     "latent.svg", "manifold.png"};
  return kNames;
}

bool is_own_file(const fs::path& run, const fs::path& path) {
  std::error_code error;
  const fs::path within = fs::weakly_canonical(path, error).lexically_relative(fs::weakly_canonical(run, error));
  if (within.empty()) return false;
  const std::string first = within.begin()->string();
  const auto names = written_names();
  return within == "config.toml" || std::find(names.begin(), names.end(), first) != names.end();
}

void require_run(const fs::path& folder) {
  std::error_code error;
  const fs::file_status status = fs::status(folder, error);
  const std::string name = shortened(folder.string());
  if (status.type() == fs::file_type::not_found) throw ConfigError(fmt::format("{}: there is no such run", name));
  if (error) throw IoError(fmt::format("{}: cannot be opened: {}", name, error.message()));
  if (!fs::is_directory(status)) {
    throw ConfigError(fmt::format("{}: is a file; the folder of a run is needed, as elbo train makes it", name));
  }
  if (!fs::exists(config_file(folder), error)) {
    throw ConfigError(fmt::format("{}: is no run of elbo train: it holds no config.toml", name));
  }
}

Config run_config(const fs::path& folder) {
  require_run(folder);
  return {run_schema(), assignments_of_file(config_file(folder))};
}

OpenRun open_run(const fs::path& folder, const std::vector<Assignment>& assignments) {
  const Config own = run_config(folder);
  OpenRun run{.folder = folder, .config = own, .data = read_data_record(folder)};
  run.config.add(assignments);
  for (const Difference& one : differences(run.settings(), own.settings())) {
    if (is_open_after_training(one.key) || !one.now) continue;
    const std::string before = one.before ? to_literal(*one.before) : what_stood(one.key, own.settings());
    run.settings().refuse(one.key, fmt::format("the run {} was trained with {}, which cannot be changed afterwards",
                                               folder.string(), before));
  }
  return run;
}

void require(const OpenRun& run, Capability capability, std::string_view who) {
  require_any(run, {capability}, who);
}

void require_any(const OpenRun& run, std::initializer_list<Capability> capabilities, std::string_view who) {
  const auto is_able = [&](const models::ModelKind& kind) {
    return std::any_of(capabilities.begin(), capabilities.end(), [&](Capability one) { return kind.can.*one; });
  };
  const models::ModelKind& kind = kind_of(run.settings());
  if (is_able(kind)) return;
  std::vector<std::string> able;
  for (const models::ModelKind* other : models::model_kinds().rows()) {
    if (is_able(*other)) able.push_back(fmt::format("\"{}\"", other->name));
  }
  throw ConfigError(fmt::format("{}: its model is a {}; {} needs a run with model = {}", run.folder.string(), kind.name,
                                who, fmt::join(able, " or ")));
}

void load_weights(const fs::path& folder, const Settings& settings, const nn::Parameters& parameters,
                  std::vector<std::string>* said) {
  std::vector<std::string> warnings;
  try {
    const DataRecord record = read_data_record(folder);
    const train::Seal seal = seal_of(settings, record.encoding, record.context, record.layout);
    train::load_variables(folder, parameters.all(), seal.model, &warnings);
  } catch (const DataError&) {
    if (!warnings.empty()) throw CorruptFileError(warnings.front() + "; there is no other checkpoint to fall back to");
    throw DataError(
        fmt::format("{}: has no checkpoint yet; the first is written at the end of an epoch, and "
                    "elbo train --resume --out {} goes on with a run that was cut short",
                    folder.string(), folder.string()));
  }
  if (said != nullptr) *said = std::move(warnings);
}

std::unique_ptr<const models::Model> load_model(const OpenRun& run, std::vector<std::string>* warnings) {
  std::vector<ColumnFacts> columns{{.name = "x", .dim = run.data.dim()}};
  if (run.data.context) columns.push_back({.name = "context", .dim = run.data.context->dim});
  std::unique_ptr<const models::Model> model = build_model(run.settings(), columns);
  load_weights(run.folder, run.settings(), model->parameters(), warnings);
  return model;
}

namespace {

// Whether the command line says nothing of the data but which part of it.
bool uses_own_data(const OpenRun& run) {
  const Config own = run_config(run.folder);
  for (const Difference& one : differences(run.settings(), own.settings())) {
    if (one.key.starts_with("data.") && one.key != "data.limit") return false;
  }
  return true;
}

// The run's settings of data; a file where it was when training began, wherever the command runs now.
Config with_file_of_training(const OpenRun& run) {
  Config config = run.config;
  std::error_code error;
  const Settings& data = config->part("data");
  if (!data.has("file") || run.data.sources.empty() || !uses_own_data(run)) return config;
  const fs::path& file = run.data.sources.front().path;
  if (!fs::exists(file, error)) return config;
  const std::string why = config_file(run.folder).string();
  config.add({Assignment::of_flag("data.file", file.string(), why)});
  return config;
}

void require_width(const OpenRun& run, const data::RawDataset& raw) {
  if (raw.dim() == run.data.dim()) return;
  throw DataError(fmt::format("{} was trained on rows of {} values; those of {} have {}", run.folder.string(),
                              run.data.dim(), raw.name, raw.dim()));
}

void require_context(const OpenRun& run, const data::RawSplit& rows) {
  if (!run.data.context) return;
  const std::optional<Array>& context = rows.source->context;
  if (!context) throw DataError(fmt::format("{}: holds nothing that the model is given", rows.place));
  if (context->shape()[1] == run.data.context->dim) return;
  throw DataError(fmt::format("{}: the model is given rows of {} values; these have {}", rows.place,
                              run.data.context->dim, context->shape()[1]));
}

// A result for each row: none may be missing from among them.
void require_all_rows(const data::RawDataset& raw) {
  if (raw.test.count() == raw.test.source->x.shape()[0]) return;
  throw DataError(raw.remarks.empty() ? raw.name + ": rows were left out"
                                      : raw.remarks.front() + ": what is given must be whole");
}

}  // namespace

Array load_context(const OpenRun& run, const fs::path& file) {
  if (!run.data.context) throw ConfigError(fmt::format("{}: its model is given nothing", run.folder.string()));
  const Settings& data = run.settings().part("data");
  if (data::has_context(file)) {
    const data::RawDataset pairs = data::read_rows(file, run.data.layout, data);
    require_context(run, pairs.test);
    require_all_rows(pairs);
    return run.data.context->encode(*pairs.test.source->context, pairs.test.rows, false);
  }
  const data::RawDataset raw = data::read_rows(file, run.data.layout.of_context(run.data.context->dim), data);
  require_all_rows(raw);
  if (raw.dim() != run.data.context->dim) {
    throw DataError(fmt::format("{}: the model is given rows of {} values; these have {}", raw.name,
                                run.data.context->dim, raw.dim()));
  }
  return run.data.context->encode(raw.test.source->x, raw.test.rows, false);
}

data::Dataset load_data(const OpenRun& run, const models::Model& model, std::vector<std::string>* said) {
  const Config config = with_file_of_training(run);
  const Settings& settings = config->part("data");
  const bool is_own = uses_own_data(run);
  data::RawDataset raw = data::read_dataset(settings);
  require_width(run, raw);
  if (is_own) raw.name = run.data.name;
  if (said != nullptr && is_own) {
    if (std::string changed = difference(run.data.sources, raw.sources); !changed.empty()) {
      said->push_back(fmt::format("{}: {}", run.folder.string(), changed));
    }
  }
  require_context(run, raw.train);
  data::Dataset dataset = data::encoded(raw, settings, run.data.encoding, run.data.context);
  check_values(model, dataset);
  return dataset;
}

data::Dataset load_file(const OpenRun& run, const models::Model& model, const fs::path& file) {
  data::RawDataset raw = data::read_rows(file, run.data.layout, run.settings().part("data"));
  require_width(run, raw);
  require_context(run, raw.test);
  data::Dataset dataset = data::encoded(raw, run.settings().part("data"), run.data.encoding, run.data.context);
  check_values(model, dataset);
  return dataset;
}

}  // namespace elbo::run
