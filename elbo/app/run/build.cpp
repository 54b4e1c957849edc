#include "elbo/app/run/build.h"

#include <fmt/format.h>
#include <utility>
#include <vector>

#include "elbo/app/config/flow_settings.h"
#include "elbo/data/graph_input.h"
#include "elbo/data/registry.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/registry.h"
#include "elbo/models/elbo.h"
#include "elbo/models/kong_li.h"
#include "elbo/models/objective.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

data::DatasetOptions dataset_options(const Config& config) {
  const int64_t limit = config.integer("data.limit");
  return {.name = config.text("data.name"),
          .folder = config.text("data.folder"),
          .file = config.text("data.file"),
          .validation = config.integer("data.validation"),
          .binarization = data::binarization_named(config.text("data.binarization")),
          .limit_train = limit,
          .limit_validation = limit,
          .limit_test = limit,
          .validation_share = config.number("data.validation_share"),
          .test_share = config.number("data.test_share"),
          .rows = config.integer("data.rows"),
          .seed = static_cast<uint64_t>(config.integer("data.seed")),
          .height = config.integer("data.height"),
          .width = config.integer("data.width"),
          .label_column = config.text("data.label_column")};
}

// The data layer says "validation = 70000: ..."; here it is known where that value was written.
[[noreturn]] void refuse_data_option(const Config& config, const ConfigError& error) {
  const std::string_view message = error.what();
  const size_t equals = message.find(" = ");
  const size_t colon = message.find(": ");
  const std::string key = "data." + std::string(message.substr(0, equals));
  if (equals != message.npos && colon != message.npos && equals < colon && config.schema().find(key)) {
    config.refuse(key, message.substr(colon + 2));
  }
  if (message.starts_with("data set ") || message.starts_with("unknown data set")) config.refuse("data.name", message);
  throw ConfigError(error);
}

// A flow that has no layers, or layers, networks and the like without a flow.
void check_flow(const Config& config, const std::string& section) {
  const std::string& flow = config.text(section + ".flow");
  const std::string layers = section + ".layers";
  if (flow != "none") {
    if (config.integer(layers) > 0) return;
    config.refuse(layers, fmt::format("the {} flow of {}.flow needs at least 1 layer", flow, section));
  }
  for (const std::string& key : flow_keys(section)) {
    if (config.value(key) == config.schema().find(key)->value) continue;
    config.refuse(key, fmt::format("there is no flow to use it; {}.flow names one", section));
  }
}

void check_flows(const Config& config) {
  check_flow(config, "posterior");
  check_flow(config, "prior");
  const std::string& flow = config.text("posterior.flow");
  if (!config.flag("posterior.amortized")) return;
  if (flow == "none") {
    config.refuse("posterior.amortized", "there is no flow to amortize; posterior.flow names one");
  }
  if (!flows::flow_family(flow).takes_context) {
    config.refuse("posterior.amortized", fmt::format("the parameters of a {} flow cannot come from the encoder", flow));
  }
}

struct NamedTensor {
  const char* name;
  Tensor rows;  // [batch]
};

std::vector<NamedTensor> losses(const Config& config, const models::Vae& vae, Tensor x) {
  const models::ElboOptions options{
      .latent_samples = config.integer("objective.latent_samples"),
      .kl = config.text("objective.kl") == "closed-form" ? models::Kl::kClosedForm : models::Kl::kMonteCarlo};
  const std::string& objective = config.text("objective.name");
  if (objective == "elbo") {
    const models::ElboTerms terms = models::elbo_terms(vae, x, options);
    return {{"loss", terms.negative_elbo}, {"reconstruction", terms.reconstruction}, {"kl", terms.kl}};
  }
  if (objective == "kong-li") {
    const models::KongLiTerms terms = models::kong_li_terms(vae, x, options);
    return {{"loss", terms.loss},
            {"reconstruction", terms.reconstruction},
            {"kl", terms.kl},
            {"log_abs_det", terms.log_abs_det},
            {"negative_elbo", terms.negative_elbo}};
  }
  return {{"loss", models::objective(objective).loss(vae, x, options)}};
}

}  // namespace

int64_t steps_of(const Config& config, int64_t rows) {
  return config.integer("train.epochs") * (rows / config.integer("train.batch_size"));
}

train::OptimizerOptions optimizer_options(const Config& config, int64_t rows) {
  return {.name = config.text("optimizer.name"),
          .learning_rate = config.number("optimizer.learning_rate"),
          .beta1 = config.number("optimizer.beta1"),
          .beta2 = config.number("optimizer.beta2"),
          .epsilon = config.number("optimizer.epsilon"),
          .momentum = config.number("optimizer.momentum"),
          .decay = config.number("optimizer.decay"),
          .cosine_steps = config.text("optimizer.schedule") == "cosine" ? steps_of(config, rows) : 0};
}

data::Dataset load_data(const Config& config) {
  try {
    return data::load_dataset(dataset_options(config));
  } catch (const ConfigError& error) {
    refuse_data_option(config, error);
  }
}

void check_data_fits(const Config& config, const data::Dataset& dataset) {
  const int64_t rows = dataset.train.count();
  if (config.integer("train.batch_size") > rows) {
    config.refuse("train.batch_size", fmt::format("must be at most the {} training rows of {}", rows, dataset.name));
  }
  if (config.integer("train.patience") > 0 && !dataset.has(data::Split::kValidation)) {
    config.refuse("train.patience",
                  fmt::format("{} has no validation rows to judge by; data.validation takes some", dataset.name));
  }
  check_value_range(config, dataset);
}

void check_value_range(const Config& config, const data::Dataset& dataset) {
  if (config.text("model") != "vae") return;
  // Bytes over 255 need no look.
  const bool grey_bytes = dataset.train.rows.dtype() == DType::kU8 && dataset.value_scale == 255;
  if (config.text("likelihood.name") == "bernoulli" && !grey_bytes) {
    data::require_unit_range(dataset, "likelihood \"bernoulli\" (\"normal\" takes other values too)");
  }
}

models::BuiltVae build_model(const Config& config, int64_t data_dim) {
  check_flows(config);
  const std::string& activation = config.text("encoder.activation");
  const std::string& output_activation = config.text("encoder.output_activation");
  const nn::Parameters parameters{{.seed = static_cast<uint64_t>(config.integer("seed"))}};
  return models::build_vae({.data_dim = data_dim,
                            .latent_dim = config.integer("latent.dimension"),
                            .encoder_hidden = config.integers("encoder.hidden"),
                            .encoder_activation = activation,
                            .encoder_output_activation = output_activation == "same" ? activation : output_activation,
                            .posterior = {.family = config.text("posterior.family"),
                                          .head_activation = config.text("posterior.head_activation"),
                                          .scale = config.text("posterior.scale"),
                                          .flow = config.text("posterior.flow"),
                                          .flow_options = flow_options(config, "posterior"),
                                          .amortized = config.flag("posterior.amortized")},
                            .decoder_hidden = config.integers("decoder.hidden"),
                            .decoder_activation = config.text("decoder.activation"),
                            .likelihood = config.text("likelihood.name"),
                            .prior = {.name = config.text("prior.name"),
                                      .base = base_options(config, "prior"),
                                      .flow = config.text("prior.flow"),
                                      .flow_options = flow_options(config, "prior")},
                            .initializer = config.text("initializer")},
                           parameters);
}

Graph training_graph(const Config& config, const data::Dataset& dataset, const models::BuiltVae& model) {
  Graph step;
  const Tensor x = data::graph_input(step, dataset, config.integer("train.batch_size"));
  Tensor loss;
  for (const NamedTensor& one : losses(config, model.training, x)) {
    const Tensor average = mean(one.rows);
    step.output(one.name, average);
    if (!loss.defined()) loss = average;
  }
  step.update(
      train::apply_optimizer(optimizer_options(config, dataset.train.count()), nn::gradients(loss, model.parameters)));
  return step;
}

RunModel build_run(const Config& config, data::Dataset dataset) {
  check_data_fits(config, dataset);
  models::BuiltVae model = build_model(config, dataset.dim());
  Graph step = training_graph(config, dataset, model);
  return {.dataset = std::move(dataset), .model = std::move(model), .step = std::move(step)};
}

RunModel build_run(const Config& config) {
  check_flows(config);  // before the data is read
  return build_run(config, load_data(config));
}

}  // namespace elbo::app
