#include "elbo/run/build.h"

#include <fmt/format.h>
#include <typeinfo>
#include <utility>

#include "elbo/data/energies.h"
#include "elbo/data/graph_input.h"
#include "elbo/data/registry.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/parameters.h"
#include "elbo/nn/schedule.h"
#include "elbo/settings/error.h"
#include "elbo/train/average.h"
#include "elbo/train/optimizer.h"

namespace elbo::run {
namespace {

models::ModelSite site_of(const Settings& settings, std::vector<ColumnFacts> columns) {
  models::ModelSite site{.parameters = nn::Parameters{{.seed = static_cast<uint64_t>(settings.integer("seed"))}},
                         .columns = std::move(columns),
                         .init = nn::initializer(settings.part("initializer").name())};
  if (const data::Energy* energy = data::energies().find_if_known(settings.part("data").name())) {
    site.target = models::Target{.log_density = energy->log_density, .log_normalizer = energy->log_normalizer};
  }
  return site;
}

// A schedule that follows the validation loss, if one was chosen.
const Settings* validation_schedule(const Settings& settings) {
  for (const Settings* schedule : schedules_in(settings)) {
    if (schedule->row<nn::ScheduleRow>().follows_validation) return schedule;
  }
  return nullptr;
}

// What the numbers of a configuration ask of the data.
void check_data(const Settings& settings, const data::Dataset& dataset) {
  const int64_t rows = dataset.train.count();
  if (settings.integer("train.batch_size") > rows) {
    settings.refuse("train.batch_size", fmt::format("must be at most the {} training rows of {}", rows, dataset.name));
  }
  if (!dataset.has(data::Split::kValidation)) {
    const std::string without =
        fmt::format("{} has no validation rows to judge by; data.validation takes some", dataset.name);
    if (settings.integer("train.patience") > 0) settings.refuse("train.patience", without);
    if (const Settings* schedule = validation_schedule(settings)) schedule->refuse(without);
  }
  const ValueNeeds needs = kind_of(settings).needs(settings);
  if (needs.values == Values::kReals && dataset.binarization != data::Binarization::kNone) {
    settings.refuse("data.binarization", "must be none: the model reads real numbers");
  }
}

}  // namespace

std::vector<const Settings*> schedules_in(const Settings& settings) {
  std::vector<const Settings*> all;
  for (const Settings::Entry& entry : settings.entries()) {
    for (const Settings& inside : entry.inside) {
      const std::type_info* row = inside.row_view().type;
      if (row != nullptr && *row == typeid(nn::ScheduleRow)) all.push_back(&inside);
      const std::vector<const Settings*> deeper = schedules_in(inside);
      all.insert(all.end(), deeper.begin(), deeper.end());
    }
  }
  return all;
}

const models::ModelKind& kind_of(const Settings& settings) {
  return settings.part("model").row<models::ModelKind>();
}

data::Dataset load_data(const Settings& settings) {
  return load_data(settings, data::read_dataset(settings.part("data")));
}

data::Dataset load_data(const Settings& settings, const data::RawDataset& raw) {
  return data::encoded(raw, settings.part("data"), kind_of(settings).needs(settings));
}

int64_t steps_of(const Settings& settings, int64_t rows) {
  return settings.integer("train.epochs") * (rows / settings.integer("train.batch_size"));
}

void check_values(const models::Model& model, const data::Dataset& dataset) {
  for (const models::ReadColumn& read : model.reads()) {
    data::require_values(dataset, read.facts.name, read.facts.values, read.who, read.facts.levels);
  }
}

std::unique_ptr<const models::Model> build_model(const Settings& settings, const data::Dataset& dataset) {
  const models::ModelKind& kind = kind_of(settings);
  models::ModelSite site = site_of(settings, dataset.columns());
  site.steps = steps_of(settings, dataset.train.count());
  std::unique_ptr<const models::Model> model = kind.make(site, settings);
  if (kind.fits_target(settings)) return model;
  const Array& x = dataset.train.array("x");
  const bool as_it_is = x.dtype() == DType::kF32 && dataset.value_scale == 1;
  model->initialize_from(as_it_is ? x : dataset.values(data::Split::kTrain),
                         dataset.train.has("context") ? dataset.train.array("context") : Array());
  return model;
}

std::unique_ptr<const models::Model> build_model(const Settings& settings, const std::vector<ColumnFacts>& columns) {
  return kind_of(settings).make(site_of(settings, columns), settings);
}

Graph training_graph(const Settings& settings, const data::Dataset& dataset, const models::Model& model) {
  const int64_t rows = settings.integer("train.batch_size");
  Graph step(GraphMode::kTraining);
  std::vector<std::string> names;
  for (const models::ReadColumn& read : model.reads()) names.push_back(read.facts.name);
  models::Batch batch;
  if (!names.empty()) batch = data::inputs(step, dataset, rows, names);
  const models::Terms terms = model.terms(step, batch, rows);
  const Tensor loss = mean(terms.loss);
  step.output("loss", loss);
  for (const models::Term& part : terms.parts) step.output(part.name, mean(part.values));
  const train::Gradients gradients = nn::gradients(loss, model.parameters());
  const train::Updates updates = train::apply_optimizer(
      settings.part("optimizer"), {.steps = steps_of(settings, dataset.train.count())}, gradients);
  step.update(train::with_average(updates, gradients, settings.parts("train.average")));
  return step;
}

RunModel build_run(const Settings& settings, data::Dataset dataset) {
  check_data(settings, dataset);
  std::unique_ptr<const models::Model> model = build_model(settings, dataset);
  check_values(*model, dataset);
  if (!model->validates()) {
    const std::string without = fmt::format("{} has no validation rows to judge by", settings.part("objective").name());
    if (settings.integer("train.patience") > 0) settings.refuse("train.patience", without + "; it must be 0");
    if (const Settings* schedule = validation_schedule(settings)) schedule->refuse(without + "; take another schedule");
  }
  Graph step = training_graph(settings, dataset, *model);
  return {.dataset = std::move(dataset), .model = std::move(model), .step = std::move(step)};
}

RunModel build_run(const Settings& settings) {
  return build_run(settings, load_data(settings));
}

}  // namespace elbo::run
