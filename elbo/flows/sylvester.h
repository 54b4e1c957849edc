// Sylvester flows.  f(z) = z + Q R tanh(R̃ Qᵀz + b), K layers one after the other     van den Berg et al. (2018), eq. 13
//
//   R, R̃ [M, M] upper triangular, Q [D, M] with orthonormal columns
//   log|det J| = Σ_i log(1 + tanh'(·)_i r_ii r̃_ii)                                   eq. 14
//   r_ii, r̃_ii between -1 and 1 by tanh, so that r_ii r̃_ii > -1                      theorem 2
//
// Three forms differ in Q:
//   orthogonal    M columns made orthonormal (by Gram-Schmidt, exact in M steps, where the paper iterates)
//   Householder   M = D, a product of reflections                                     section 3.2
//   triangular    M = D, the identity and the reversal of dimensions in turn          section 3.3
// In one dimension Q is 1.
//
// Forward is closed form.  The inverse is exact too: Qᵀf(z) = v + R tanh(R̃ v + b) with v = Qᵀz is triangular, so its
// coordinates follow one after the other from the last, each from one monotone equation (see tanh_equation.h).
//
//   const flows::Sylvester flow{parameters / "flow", {.form = SylvesterForm::kHouseholder, .dim = 20, .layers = 4}};
//
// Free parameters: "triangles" [K, M, M + 1]: R in the upper triangle without its first column, R̃ᵀ in the lower one
// without the last; "b" [K, M]; "q" [K, M, D] or "v" [K, reflections, D].  With a context they are a linear map of it:
// "parameters.weight", the same layer after layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/flows/registry.h"
#include "elbo/nn/linear.h"

namespace elbo::flows {

enum class SylvesterForm : uint8_t { kOrthogonal, kHouseholder, kTriangular };

struct SylvesterOptions {
  SylvesterForm form = SylvesterForm::kOrthogonal;
  int64_t dim = 1;
  int64_t layers = 8;
  int64_t context_dim = 0;  // 0: free parameters
  int64_t columns = 0;      // M of the orthogonal form; 0: dim
  int64_t reflections = 4;  // of the Householder form
};

class Sylvester final : public prob::Transform {
 public:
  // Starts near the identity.  Throws ConfigError for numbers below 1 or more columns than dimensions.
  Sylvester(const nn::Parameters& scope, const SylvesterOptions& options);

  std::string_view name() const override;
  int64_t dim() const override { return options_.dim; }
  int64_t context_dim() const override { return options_.context_dim; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kForward; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  // Gradients through the inverse are exact to first order.
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

 private:
  struct Layer;
  // The vectors that make Q in one layer: rows of "q", or of "v"; 0 where there are none.
  int64_t vectors() const;
  std::vector<Layer> layers(Graph& graph, Tensor context, int64_t rows) const;

  std::string path_;
  SylvesterOptions options_;
  int64_t columns_ = 1;
  VariablePtr triangles_, b_, q_;     // free parameters
  std::optional<nn::Linear> linear_;  // or the map from the context
};

extern const FlowFamily kSylvesterOrthogonalFamily;
extern const FlowFamily kSylvesterHouseholderFamily;
extern const FlowFamily kSylvesterTriangularFamily;

}  // namespace elbo::flows
