#include "elbo/nn/mlp.h"

#include "elbo/settings/error.h"

namespace elbo::nn {

Mlp::Mlp(const Parameters& scope, const MlpOptions& options)
    : activation_(options.activation), output_activation_(options.output_activation) {
  if (options.layers.size() < 2) {
    throw ConfigError("mlp at " + scope.path() + ": " + std::to_string(options.layers.size()) +
                      " widths were given, at least two are required: input and output");
  }
  for (size_t i = 0; i + 1 < options.layers.size(); ++i) {
    layers_.emplace_back(
        scope / std::to_string(i),
        LinearOptions{
            .in = options.layers[i], .out = options.layers[i + 1], .bias = options.bias, .init = options.init});
  }
}

Tensor Mlp::operator()(Tensor x) const {
  for (size_t i = 0; i < layers_.size(); ++i) {
    const Activation& activation = i + 1 < layers_.size() ? activation_ : output_activation_;
    x = activation(layers_[i](x));
  }
  return x;
}

}  // namespace elbo::nn
