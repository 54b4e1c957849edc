#include "elbo/app/run/flow_run.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>
#include <utility>
#include <vector>

#include "elbo/app/config/flow_settings.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/messages.h"
#include "elbo/data/energies.h"
#include "elbo/data/graph_input.h"
#include "elbo/data/standardization.h"
#include "elbo/engine/ops.h"
#include "elbo/models/reverse_kl.h"
#include "elbo/settings/error.h"
#include "elbo/train/trainer.h"

namespace elbo::app {
namespace {

models::FlowDensity build_density(const Config& config, int64_t dim, const data::Standardization& standardization) {
  const nn::Parameters parameters{{.seed = static_cast<uint64_t>(config.integer("seed"))}};
  flows::FlowOptions flow = flow_options(config, "flow");
  flow.dim = dim;
  return models::FlowDensity(parameters, {.base = config.text("base.name"),
                                          .base_options = base_options(config, "base"),
                                          .flow = config.text("flow.name"),
                                          .flow_options = flow,
                                          .inverted = config.flag("flow.inverted"),
                                          .mean = standardization.mean,
                                          .scale = standardization.scale});
}

void check(const Config& config, const data::Dataset& dataset) {
  check_data_fits(config, dataset);
  if (dataset.binarization != data::Binarization::kNone) {
    config.refuse("data.binarization", "a flow is a density of real values; it must be none");
  }
  if (!fits_energy(config)) {
    if (config.number("flow.annealing") > 0) {
      config.refuse("flow.annealing", "only fitting by reverse KL anneals: flow.fit = \"reverse-kl\"");
    }
    return;
  }
  if (data::find_energy(dataset.name) == nullptr) {
    config.refuse("flow.fit", fmt::format("{} is known by its rows alone; reverse KL needs one of the energies that "
                                          "\"elbo list energies\" shows",
                                          dataset.name));
  }
  if (config.integer("train.patience") > 0) {
    config.refuse("train.patience", "fitting by reverse KL has no validation rows to judge by; it must be 0");
  }
}

// Of the training rows; a column that does not vary has no density.
data::Standardization standardization_of(const data::Dataset& dataset, const Array& rows) {
  data::Standardization standardization = data::Standardization::of(rows);
  if (!standardization.constant_columns.empty()) {
    throw DataError(
        fmt::format("{}: column {} is the same in every training row: it has no density, and a flow cannot be fitted "
                    "to it",
                    dataset.name, standardization.constant_columns.front() + 1));
  }
  return standardization;
}

Graph likelihood_step(const Config& config, const data::Dataset& dataset, const models::FlowDensity& density) {
  Graph step;
  const Tensor x = data::graph_input(step, dataset, config.integer("train.batch_size"));
  const Tensor loss = -mean(density.training_log_prob(x));
  step.output("loss", loss);
  step.update(train::apply_optimizer(optimizer_options(config, dataset.train.count()),
                                     nn::gradients(loss, density.parameters())));
  return step;
}

Graph reverse_kl_step(const Config& config, const data::Dataset& dataset, const models::FlowDensity& density) {
  const data::Energy& energy = data::energy_named(dataset.name);
  const int64_t batch = config.integer("train.batch_size");
  models::ReverseKlOptions options;
  Graph step;
  if (const double share = config.number("flow.annealing"); share > 0) {
    const auto steps = static_cast<double>(steps_of(config, dataset.train.count()));
    options.weight = models::annealed(step, {.steps = std::max<int64_t>(1, std::llround(share * steps))});
  }
  const models::ReverseKlTerms terms =
      models::reverse_kl_terms(density.training_sample_and_log_prob(step, batch), energy.log_density, options);
  const Tensor loss = mean(terms.free_energy);
  step.output("loss", loss);
  step.output("reverse_kl", energy.log_normalizer - mean(terms.log_weight));
  step.update(train::apply_optimizer(optimizer_options(config, dataset.train.count()),
                                     nn::gradients(loss, density.parameters())));
  return step;
}

}  // namespace

bool fits_energy(const Config& config) {
  return config.text("flow.fit") == "reverse-kl";
}

bool is_flow(const Config& config) {
  return config.text("model") == "flow";
}

void require_model(const OpenRun& run, std::string_view model, std::string_view command) {
  if (run.config.text("model") == model) return;
  throw ConfigError(fmt::format("{}: its model is a {}; elbo {} needs a run with model = \"{}\"", run.folder.string(),
                                run.config.text("model"), command, model));
}

FlowRun build_flow_run(const Config& config, data::Dataset dataset) {
  check(config, dataset);
  if (fits_energy(config)) {
    models::FlowDensity density = build_density(config, dataset.dim(), {});
    Graph step = reverse_kl_step(config, dataset, density);
    return {.dataset = std::move(dataset), .density = std::move(density), .step = std::move(step)};
  }
  const Array rows = dataset.values(data::Split::kTrain);
  const data::Standardization standardization = standardization_of(dataset, rows);
  models::FlowDensity density =
      build_density(config, dataset.dim(), config.flag("data.standardize") ? standardization : data::Standardization());
  density.initialize_from(rows);
  Graph step = likelihood_step(config, dataset, density);
  return {.dataset = std::move(dataset), .density = std::move(density), .step = std::move(step)};
}

FlowRun build_flow_run(const Config& config) {
  return build_flow_run(config, load_data(config));
}

models::FlowDensity load_flow(const OpenRun& run) {
  models::FlowDensity density = build_density(run.config, run.data.dim, {});
  load_weights(run, density.parameters());
  return density;
}

}  // namespace elbo::app
