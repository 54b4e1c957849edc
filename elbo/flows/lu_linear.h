// Invertible linear layer: the matrix that takes data to base is W = L U P, with L unit lower triangular, U upper
// triangular with a diagonal above 0, P a fixed permutation                    Kingma & Dhariwal (2018), section 3.2
//
//   z = W y,  log|det dz/dy| = Σ_i log u_ii
//
// As in Glow, the direction from data to base, which trains a density, is the direct one: one matrix product.  The
// other multiplies with W⁻¹, found from the triangles in the graph (triangular.h); both cost one product a row.
//
//   const flows::LuLinear linear{parameters / "linear", {.dim = 20}};
//
// Parameter: "lu" [dim, dim]: L below the diagonal, U above it, log u_ii on it.  Zeros make the permutation.
#pragma once

#include <string>
#include <vector>

#include "elbo/flows/registry.h"

namespace elbo::flows {

struct LuLinearOptions {
  int64_t dim = 1;
};

class LuLinear final : public prob::Transform {
 public:
  // The permutation is that of the scope's path.  Throws ConfigError for a dim below 1.
  LuLinear(const nn::Parameters& scope, const LuLinearOptions& options);

  std::string_view name() const override { return "lu-linear"; }
  int64_t dim() const override { return dim_; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  struct Factors {
    Tensor lower, upper;  // [dim, dim]
    Tensor log_det;       // of their product
  };
  Factors factors(Graph& graph) const;

  std::string path_;
  int64_t dim_;
  VariablePtr lu_;
  std::vector<int64_t> order_;
};

// Has no `layers`: two are one.
extern const FlowFamily kLuLinearFamily;

}  // namespace elbo::flows
