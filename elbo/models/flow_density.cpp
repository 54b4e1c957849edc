#include "elbo/models/flow_density.h"

#include <cmath>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

VariablePtr standardization(const nn::Parameters& scope, const char* name, const std::vector<double>& values,
                            const nn::ParameterSpec& spec) {
  const VariablePtr variable = scope.get(name, spec);
  if (values.empty()) return variable;
  if (static_cast<int64_t>(values.size()) != spec.shape.elements()) {
    throw ConfigError("flow density: the standardization's " + std::string(name) + " has " +
                      std::to_string(values.size()) + " values, a row has " + std::to_string(spec.shape.elements()));
  }
  const auto dst = variable->value.values<float>();
  for (size_t i = 0; i < values.size(); ++i) dst[i] = static_cast<float>(values[i]);
  return variable;
}

}  // namespace

FlowDensity::FlowDensity(const nn::Parameters& parameters, const FlowDensityOptions& options)
    : parameters_(parameters), options_(options) {
  if (parameters.count() == 0) {
    throw ConfigError("flow " + std::string(options.flow.name()) + ": has no parameters, and neither has the base " +
                      std::string(options.base.name()) + ": there is nothing to fit");
  }
  const nn::Parameters scope = parameters / "standardization";
  const Shape shape{dim()};
  mean_ = standardization(scope, "mean", options.mean, {.shape = shape, .trainable = false});
  scale_ = standardization(scope, "scale", options.scale,
                           {.shape = shape, .init = nn::init::constant(1), .trainable = false});
  for (const float scale : scale_->value.values<float>()) {
    if (!(scale > 0) || !std::isfinite(scale)) {
      throw ConfigError("flow density: the standardization's scale = " + std::to_string(scale) +
                        ", must be above 0 and finite as a 32-bit number");
    }
  }
}

Tensor FlowDensity::log_prob(Tensor x) const {
  Graph& graph = x.graph();
  const Tensor scale = graph.variable(scale_);
  const Tensor standardized = (x - graph.variable(mean_)) / scale;
  const prob::TransformedDistribution distribution{.base = options_.base, .transform = options_.flow};
  return distribution.log_prob(standardized) - sum(log(scale));
}

Tensor FlowDensity::sample(Graph& graph, int64_t rows) const {
  const prob::TransformedDistribution distribution{.base = options_.base, .transform = options_.flow};
  return graph.variable(mean_) + graph.variable(scale_) * distribution.sample(graph, rows);
}

prob::SampleAndLogProb FlowDensity::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const prob::TransformedDistribution distribution{.base = options_.base, .transform = options_.flow};
  const auto [z, log_prob] = distribution.sample_and_log_prob(graph, rows);
  const Tensor scale = graph.variable(scale_);
  return {.value = graph.variable(mean_) + scale * z, .log_prob = log_prob - sum(log(scale))};
}

void FlowDensity::initialize_from(const Array& rows) const {
  if (rows.shape().rank() != 2 || rows.shape()[1] != dim()) {
    throw DataError("flow density: its first rows are " + to_string(rows.shape()) + ", rows of " +
                    std::to_string(dim()) + " are required");
  }
  Array standardized = rows.cast(DType::kF32);
  const auto values = standardized.values<float>();
  const auto mean = mean_->value.values<float>(), scale = scale_->value.values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    const size_t column = i % mean.size();
    values[i] = (values[i] - mean[column]) / scale[column];
  }
  flows::initialize_from_data(options_.flow, standardized);
}

bool fits_slowly(prob::FastDirection direction) {
  return direction == prob::FastDirection::kForward || direction == prob::FastDirection::kNeither;
}

bool samples_slowly(prob::FastDirection direction) {
  return direction == prob::FastDirection::kInverse || direction == prob::FastDirection::kNeither;
}

}  // namespace elbo::models
