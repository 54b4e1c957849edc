#include "elbo/models/flow_density.h"

#include <string>

#include "elbo/engine/ops.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

FlowDensity::FlowDensity(const nn::Parameters& parameters, const FlowDensityOptions& options)
    : parameters_(parameters), options_(options) {
  if (parameters.count() == 0) {
    throw ConfigError("flow " + std::string(options.flow.name()) + ": has no parameters, and neither has the base " +
                      std::string(options.base.name()) + ": there is nothing to fit");
  }
}

Tensor FlowDensity::log_prob(Tensor x) const {
  return prob::TransformedDistribution{.base = options_.base, .transform = options_.flow}.log_prob(x);
}

Tensor FlowDensity::sample(Graph& graph, int64_t rows) const {
  return prob::TransformedDistribution{.base = options_.base, .transform = options_.flow}.sample(graph, rows);
}

prob::SampleAndLogProb FlowDensity::sample_and_log_prob(Graph& graph, int64_t rows) const {
  return prob::TransformedDistribution{.base = options_.base, .transform = options_.flow}.sample_and_log_prob(graph,
                                                                                                              rows);
}

void FlowDensity::initialize_from(const Array& rows) const {
  if (rows.shape().rank() != 2 || rows.shape()[1] != dim()) {
    throw DataError("flow density: its first rows are " + to_string(rows.shape()) + ", rows of " +
                    std::to_string(dim()) + " are required");
  }
  flows::initialize_from_data(options_.flow, rows.cast(DType::kF32));
}

bool fits_slowly(prob::FastDirection direction) {
  return direction == prob::FastDirection::kForward || direction == prob::FastDirection::kNeither;
}

bool samples_slowly(prob::FastDirection direction) {
  return direction == prob::FastDirection::kInverse || direction == prob::FastDirection::kNeither;
}

}  // namespace elbo::models
