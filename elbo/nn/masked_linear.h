// MaskedLinear: y = x (M ∘ W)ᵀ + b over the last axis, with a fixed mask M of zeros and ones.   Germain et al. (2015)
//
//   const nn::MaskedLinear layer{parameters / "0", {.mask = nn::degree_mask(degrees_in, degrees_out)}};
//
// What a file holds is W whole, as PyTorch's masked layers store it: the mask is a constant of the graph.  So a masked
// weight keeps its first value and receives a gradient of exactly zero.
#pragma once

#include <optional>
#include <span>
#include <string>

#include "elbo/engine/array.h"
#include "elbo/nn/parameters.h"

namespace elbo::nn {

// mask[o, i] = 1 where degrees_in[i] <= degrees_out[o]: unit o may see unit i.  Both must be non-empty.
Array degree_mask(std::span<const int64_t> degrees_in, std::span<const int64_t> degrees_out);

struct MaskedLinearOptions {
  Array mask{DType::kF32, Shape{0, 0}};  // f32 [out, in], 0 or 1
  bool bias = true;
  Initializer init = init::pytorch_linear();  // of the weights
  std::optional<Initializer> bias_init{};     // as in LinearOptions
};

class MaskedLinear final {
 public:
  // Makes "<scope>.weight" [out, in] and "<scope>.bias" [out].  Throws ConfigError unless the mask is a f32 matrix of
  // zeros and ones with at least one row and column.
  MaskedLinear(const Parameters& scope, MaskedLinearOptions options);

  // x [..., in] of rank 2 or more -> [..., out].  Throws ShapeError for another last extent.
  Tensor operator()(Tensor x) const;
  // M ∘ W, [out, in].
  Tensor masked_weight(Graph& graph) const;

  int64_t in() const { return weight_->value.shape()[1]; }
  int64_t out() const { return weight_->value.shape()[0]; }
  const VariablePtr& weight() const { return weight_; }
  const VariablePtr& bias() const { return bias_; }  // nullptr without
  const Array& mask() const { return mask_; }

 private:
  std::string path_;
  Array mask_;
  bool all_seen_ = false;  // nothing is masked
  VariablePtr weight_;
  VariablePtr bias_;
};

}  // namespace elbo::nn
