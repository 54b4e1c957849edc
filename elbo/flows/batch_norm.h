// Batch normalisation as a layer of a flow                                    Dinh, Sohl-Dickstein & Bengio (2017), 3.7
//
//   data to base:  z = β + exp(γ) (y - m)/√(v + ε);   log|det| = Σ_i γ_i - ½ log(v_i + ε)
//
// In a graph that trains, the inverse takes m and v from the batch, passes gradients through them, and lets the running
// statistics follow at the end of the step; the forward direction throws ConfigError, since draws have no statistics to
// follow: it suits what is trained through the inverse, densities and learned priors.  In other graphs both directions
// use the running statistics: the layer is affine and its rows are independent.
//
//   const flows::BatchNorm norm{parameters / "norm", {.dim = 20}};
//   Graph step(GraphMode::kTraining);
//   norm.inverse(step.input("x", {100, 20}), {});        // by the batch, and the statistics follow it
//
// Parameters: "beta" [dim], "gamma" [dim]; state, not trained: "running_mean" [dim], "running_variance" [dim].
#pragma once

#include <string>

#include "elbo/flows/registry.h"

namespace elbo::flows {

struct BatchNormOptions {
  int64_t dim = 1;
  double momentum = 0.1;  // part of the new statistics in the running ones
  double epsilon = 1e-5;
};

class BatchNorm final : public prob::Transform {
 public:
  // Throws ConfigError for a dim below 1, a momentum outside (0, 1] or an epsilon that is not above 0.
  BatchNorm(const nn::Parameters& scope, const BatchNormOptions& options);

  std::string_view name() const override { return "batch-norm"; }
  int64_t dim() const override { return options_.dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  struct Statistics {
    Tensor mean, variance;  // [dim]
  };
  Statistics running(Graph& graph) const;
  Statistics of_batch(Tensor y) const;

  std::string path_;
  BatchNormOptions options_;
  VariablePtr beta_, gamma_, mean_, variance_;
};

// Has no `layers`: outside training, two are one.
extern const FlowFamily kBatchNormFamily;

}  // namespace elbo::flows
