// Linear: y = x Wᵀ + b over the last axis.
//
//   const nn::Linear loc{parameters / "loc", {.in = 500, .out = 20}};
//   const Tensor y = loc(h);                                      // h [batch, 500] -> [batch, 20]
#pragma once

#include <optional>
#include <string>

#include "elbo/nn/parameters.h"

namespace elbo::nn {

struct LinearOptions {
  int64_t in = 0;
  int64_t out = 0;
  bool bias = true;
  Initializer init = init::pytorch_linear();  // of the weights
  // Of the bias.  Not given: uniform within 1/sqrt(in) when the weights are pytorch_linear, as PyTorch has it, else 0.
  std::optional<Initializer> bias_init{};
};

class Linear final {
 public:
  // Makes "<scope>.weight" [out, in] and "<scope>.bias" [out].  Throws ConfigError unless in and out are at least 1.
  Linear(const Parameters& scope, const LinearOptions& options);

  // x [..., in] of rank 2 or more -> [..., out].  Throws ShapeError for another last extent.
  Tensor operator()(Tensor x) const;

  int64_t in() const { return weight_->value.shape()[1]; }
  int64_t out() const { return weight_->value.shape()[0]; }
  const VariablePtr& weight() const { return weight_; }
  const VariablePtr& bias() const { return bias_; }  // nullptr without

 private:
  std::string path_;
  VariablePtr weight_;
  VariablePtr bias_;
};

}  // namespace elbo::nn
