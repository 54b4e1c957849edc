// Element-wise affine map: y = loc + exp(log_scale) z;  log|det J| = Σ_i log_scale_i
//
//   const flows::ElementwiseAffine affine{parameters / "affine", {.dim = 20}};
//   const flows::ElementwiseAffine amortised{parameters / "affine", {.dim = 20, .context_dim = 500}};
//
// Free parameters: "loc" [dim], "log_scale" [dim].  With a context they are a linear map of it: "parameters.weight"
// [2 dim, context_dim] and its bias, loc first.
#pragma once

#include <optional>
#include <string>

#include "elbo/flows/registry.h"
#include "elbo/nn/linear.h"

namespace elbo::flows {

struct ElementwiseAffineOptions {
  int64_t dim = 1;
  int64_t context_dim = 0;  // 0: free parameters
};

class ElementwiseAffine final : public prob::Transform {
 public:
  // Throws ConfigError for a dim below 1.
  ElementwiseAffine(const nn::Parameters& scope, const ElementwiseAffineOptions& options);

  std::string_view name() const override { return "affine"; }
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  struct Values {
    Tensor loc, log_scale;  // [1 or rows, dim]
  };
  Values values(Graph& graph, Tensor context, int64_t rows) const;

  std::string path_;
  ElementwiseAffineOptions options_;
  VariablePtr loc_, log_scale_;
  std::optional<nn::Linear> linear_;
};

// Reads no `layers`: two are one.
extern const FlowFamily kElementwiseAffineFamily;

}  // namespace elbo::flows
