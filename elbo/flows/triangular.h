// Triangular matrices in a graph.
#pragma once

#include "elbo/engine/graph.h"

namespace elbo::flows {

// The inverse of a lower triangular matrix [n, n]; what stands above the diagonal is not read.  By halves, the graph
// is as deep as log₂ n:  [A 0; C B]⁻¹ = [A⁻¹ 0; -B⁻¹CA⁻¹ B⁻¹].  As stable as substitution.
Tensor inverse_of_lower(Tensor lower);

// [n, n] with ones below the diagonal and zeros elsewhere.
Tensor below_diagonal(Graph& graph, int64_t n);
Tensor identity_matrix(Graph& graph, int64_t n);

}  // namespace elbo::flows
