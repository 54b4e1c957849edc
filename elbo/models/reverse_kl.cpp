#include "elbo/models/reverse_kl.h"

#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::models {

ReverseKlTerms reverse_kl_terms(const prob::SampleAndLogProb& drawn, const LogDensity& target,
                                const ReverseKlOptions& options) {
  const Tensor log_p = target(drawn.value);
  if (log_p.shape() != drawn.log_prob.shape()) {
    throw ShapeError("reverse KL: the target gives " + to_string(log_p.shape()) + " for points " +
                     to_string(drawn.value.shape()) + ", " + to_string(drawn.log_prob.shape()) + " is required");
  }
  const Tensor weighted = options.weight.defined() ? options.weight * log_p : log_p;
  return {.free_energy = drawn.log_prob - weighted, .log_weight = log_p - drawn.log_prob};
}

Tensor annealed(Graph& graph, const AnnealingOptions& options) {
  if (options.steps < 1) {
    throw ConfigError("annealing: steps = " + std::to_string(options.steps) + ", must be at least 1");
  }
  const Graph::ScopeGuard scope = graph.scope("annealing");
  const VariablePtr counter = make_variable("annealing.step", Array(DType::kF32, {}), false);
  const Tensor step = graph.variable(counter);
  graph.update(counter, minimum(step + 1, static_cast<double>(options.steps)));
  return options.first + step * ((1 - options.first) / static_cast<double>(options.steps));
}

}  // namespace elbo::models
