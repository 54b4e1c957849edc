// Radial flow.  f(z) = z + β̂ (z - z₀) / (α + r),  r = ‖z - z₀‖, K layers one after the other
//                                                                              Rezende & Mohamed (2015), eq. 14
//   log|det J| = (D - 1) log(1 + β̂h) + log(1 + β̂h + β̂h'r),  h = 1/(α + r)     the same equation
//   α = softplus(a) > 0,  β̂ = softplus(b) - α > -α                             appendix A.2
//
// With s = softplus(b), the radius goes from r to ρ = r (r + s)/(α + r), so the inverse is the positive root of
// r² + (s - ρ) r - αρ = 0: closed form, both directions fast.
//
//   const flows::Radial radial{parameters / "flow", {.dim = 20, .layers = 8}};
//
// Free parameters: "center" [K, dim], "a" [K], "b" [K].  With a context they are a linear map of it:
// "parameters.weight" [K (dim + 2), context_dim] and its bias, columns z₀ of all layers, a of all, b of all.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/flows/registry.h"
#include "elbo/nn/linear.h"

namespace elbo::flows {

struct RadialOptions {
  int64_t dim = 1;
  int64_t layers = 8;
  int64_t context_dim = 0;  // 0: free parameters
};

class Radial final : public prob::Transform {
 public:
  // Starts near the identity, with centers drawn from a standard normal.  Throws ConfigError for a dim or number of
  // layers below 1.
  Radial(const nn::Parameters& scope, const RadialOptions& options);

  std::string_view name() const override { return "radial"; }
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  struct Layer {
    Tensor center;  // [1 or rows, dim]: z₀
    Tensor alpha;   // [1 or rows, 1]
    Tensor s;       // [1 or rows, 1]: α + β̂
  };
  std::vector<Layer> layers(Graph& graph, Tensor context, int64_t rows) const;

  std::string path_;
  RadialOptions options_;
  VariablePtr center_, a_, b_;        // free parameters
  std::optional<nn::Linear> linear_;  // or the map from the context
};

extern const FlowFamily kRadialFamily;

}  // namespace elbo::flows
