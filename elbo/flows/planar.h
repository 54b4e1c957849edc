// Planar flow.  f(z) = z + û tanh(wᵀz + b), K layers one after the other     Rezende & Mohamed (2015), eq. 10
//
//   log|det J| = log|1 + ûᵀψ(z)|,  ψ(z) = (1 - tanh²(wᵀz + b)) w              eq. 11-12
//   û = u + (m(wᵀu) - wᵀu) w/‖w‖²,  m(x) = -1 + log(1 + eˣ),  so wᵀû > -1     appendix A.1
//
//   const flows::Planar planar{parameters / "flow", {.dim = 20, .layers = 8}};
//   const flows::Planar amortised{parameters / "flow", {.dim = 20, .layers = 8, .context_dim = 500}};
//
// Free parameters: "w" [K, dim], "u" [K, dim], "b" [K].  With a context they are a linear map of it, one product for
// all layers: "parameters.weight" [K (2 dim + 1), context_dim] and its bias, columns w of all layers, u of all, b of
// all.  Forward is closed form; the inverse solves one monotone equation a row and layer by Newton's method.
#pragma once

#include <optional>
#include <vector>

#include "elbo/flows/registry.h"
#include "elbo/nn/linear.h"
#include "elbo/prob/transform.h"

namespace elbo::flows {

struct PlanarOptions {
  int64_t dim = 1;
  int64_t layers = 8;
  int64_t context_dim = 0;  // 0: free parameters
};

class Planar final : public prob::Transform {
 public:
  // Starts near the identity: unit vectors w in random directions and u that makes û small.  Throws ConfigError for a
  // dim or number of layers below 1.
  Planar(const nn::Parameters& scope, const PlanarOptions& options);

  std::string_view name() const override { return "planar"; }
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kForward; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  // Gradients through the inverse are exact to first order (one Newton step from the solution carries them).
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  // One layer's parameters, for all rows ([1, ...]) or for each ([rows, ...]).
  struct Layer {
    Tensor w;         // [1 or rows, dim]
    Tensor u;         // [1 or rows, dim]: û
    Tensor b;         // [1 or rows, 1]
    Tensor one_plus;  // [1 or rows, 1]: 1 + wᵀû, above 0
  };
  std::vector<Layer> layers(Graph& graph, Tensor context, int64_t rows) const;

  std::string path_;
  PlanarOptions options_;
  VariablePtr w_, u_, b_;             // free parameters
  std::optional<nn::Linear> linear_;  // or the map from the context
};

extern const FlowFamily kPlanarFamily;

}  // namespace elbo::flows
