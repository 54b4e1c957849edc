#include "elbo/nn/linear.h"

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

Linear::Linear(const Parameters& scope, const LinearOptions& options) : path_(scope.path()) {
  if (options.in < 1 || options.out < 1) {
    throw ConfigError("linear at " + path_ + ": in = " + std::to_string(options.in) +
                      ", out = " + std::to_string(options.out) + ": both must be at least 1");
  }
  weight_ = scope.get("weight", {.shape = {options.out, options.in}, .init = options.init});
  if (!options.bias) return;
  const Initializer by_weights = options.init.name == init::pytorch_linear().name ? options.init : init::zeros();
  bias_ = scope.get("bias", {.shape = {options.out},
                             .init = options.bias_init.value_or(by_weights),
                             .fan_in = options.in,
                             .fan_out = options.out});
}

Tensor Linear::operator()(Tensor x) const {
  Graph& graph = x.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const Tensor product = matmul(x, graph.variable(weight_), {.transpose_b = true});
  return bias_ == nullptr ? product : product + graph.variable(bias_);
}

}  // namespace elbo::nn
