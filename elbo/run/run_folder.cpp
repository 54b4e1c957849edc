#include "elbo/run/run_folder.h"

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
  OpenRun run{.folder = folder, .config = own, .data = read_data_facts(folder)};
  run.config.add(assignments);
  for (const Difference& one : differences(run.settings(), own.settings())) {
    if (is_open_after_training(one.key) || !one.now) continue;
    const std::string before = one.before ? to_literal(*one.before) : what_stood(one.key, own.settings());
    run.settings().refuse(one.key, fmt::format("the run {} was trained with {}, which cannot be changed afterwards",
                                               folder.string(), before));
  }
  return run;
}

void require(const OpenRun& run, bool models::Capabilities::*capability, std::string_view who) {
  const models::ModelKind& kind = kind_of(run.settings());
  if (kind.can.*capability) return;
  std::vector<std::string> able;
  for (const models::ModelKind* other : models::model_kinds().rows()) {
    if (other->can.*capability) able.push_back(fmt::format("\"{}\"", other->name));
  }
  throw ConfigError(fmt::format("{}: its model is a {}; {} needs a run with model = {}", run.folder.string(), kind.name,
                                who, fmt::join(able, " or ")));
}

void load_weights(const fs::path& folder, const Settings& settings, const nn::Parameters& parameters,
                  std::vector<std::string>* said) {
  std::vector<std::string> warnings;
  try {
    train::load_variables(folder, parameters.all(), seal_of(settings).model, &warnings);
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
  std::unique_ptr<const models::Model> model =
      build_model(run.settings(), std::vector<ColumnFacts>{{.name = "x", .dim = run.data.dim}});
  load_weights(run.folder, run.settings(), model->parameters(), warnings);
  return model;
}

data::Dataset load_data(const OpenRun& run, const models::Model& model) {
  data::Dataset dataset = data::load_dataset(run.settings().part("data"));
  if (dataset.dim() != run.data.dim) {
    throw DataError(fmt::format("{} was trained on rows of {} values; those of {} have {}", run.folder.string(),
                                run.data.dim, dataset.name, dataset.dim()));
  }
  check_values(model, dataset);
  return dataset;
}

}  // namespace elbo::run
