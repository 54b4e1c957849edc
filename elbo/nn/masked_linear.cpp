#include "elbo/nn/masked_linear.h"

#include <algorithm>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

Array degree_mask(std::span<const int64_t> degrees_in, std::span<const int64_t> degrees_out) {
  Array mask(DType::kF32, {static_cast<int64_t>(degrees_out.size()), static_cast<int64_t>(degrees_in.size())});
  const auto values = mask.values<float>();
  for (size_t o = 0; o < degrees_out.size(); ++o) {
    for (size_t i = 0; i < degrees_in.size(); ++i) {
      values[o * degrees_in.size() + i] = degrees_in[i] <= degrees_out[o] ? 1.0f : 0.0f;
    }
  }
  return mask;
}

MaskedLinear::MaskedLinear(const Parameters& scope, MaskedLinearOptions options)
    : path_(scope.path()), mask_(std::move(options.mask)) {
  const Shape& shape = mask_.shape();
  const std::string who = "masked linear at " + path_ + ": ";
  if (mask_.dtype() != DType::kF32 || shape.rank() != 2 || shape.elements() < 1) {
    throw ConfigError(who + "mask " + to_string(shape) +
                      ": a f32 matrix [out, in] with at least one element is required");
  }
  const auto values = std::as_const(mask_).values<float>();
  if (!std::all_of(values.begin(), values.end(), [](float v) { return v == 0.0f || v == 1.0f; })) {
    throw ConfigError(who + "the mask has an element that is neither 0 nor 1");
  }
  all_seen_ = std::all_of(values.begin(), values.end(), [](float v) { return v == 1.0f; });
  weight_ = scope.get("weight", {.shape = shape, .init = options.init});
  if (!options.bias) return;
  const Initializer by_weights = options.init.name == init::pytorch_linear().name ? options.init : init::zeros();
  bias_ = scope.get(
      "bias", {.shape = {out()}, .init = options.bias_init.value_or(by_weights), .fan_in = in(), .fan_out = out()});
}

Tensor MaskedLinear::masked_weight(Graph& graph) const {
  const Tensor weight = graph.variable(weight_);
  return all_seen_ ? weight : weight * graph.constant(mask_);
}

Tensor MaskedLinear::operator()(Tensor x) const {
  Graph& graph = x.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const Tensor product = matmul(x, masked_weight(graph), {.transpose_b = true});
  return bias_ == nullptr ? product : product + graph.variable(bias_);
}

}  // namespace elbo::nn
