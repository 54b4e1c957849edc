// Element-wise maps between the real line and parts of it, without parameters.
//
//   sigmoid    reals -> (0, 1)     log|det J| = Σ_i log σ(z_i) + log σ(-z_i)
//   logit      (0, 1) -> reals     its inverse
//   softplus   reals -> (0, ∞)     log|det J| = Σ_i log σ(z_i)
//
//   const flows::Chain bounded = flows::chain(flow, flows::Sigmoid{20});     // a density on the unit cube
//
// At the border itself the values are those of the closest point at which they are finite; outside, the log-determinant
// is -∞: such a row has density 0, and is no number to go on with.
#pragma once

#include "elbo/flows/registry.h"

namespace elbo::flows {

class Sigmoid final : public prob::Transform {
 public:
  explicit Sigmoid(int64_t dim);  // throws ConfigError below 1

  std::string_view name() const override { return "sigmoid"; }
  int64_t dim() const override { return dim_; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  int64_t dim_;
};

class Softplus final : public prob::Transform {
 public:
  explicit Softplus(int64_t dim);  // throws ConfigError below 1

  std::string_view name() const override { return "softplus"; }
  int64_t dim() const override { return dim_; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  int64_t dim_;
};

// Have no `layers`: they are applied once.
extern const FlowFamily kSigmoidFamily;
extern const FlowFamily kLogitFamily;
extern const FlowFamily kSoftplusFamily;

}  // namespace elbo::flows
