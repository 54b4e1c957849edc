// Orthonormal vectors from any vectors: Gram-Schmidt, each vector cleared of the earlier ones twice.
//
//   const Tensor q = orthonormal_rows(a);      // a [n, count, dim], count ≤ dim: n independent sets
//
// Twice is enough for orthogonality to rounding unless a vector is, to rounding, a sum of earlier ones (Giraud et al.
// 2005).  The steps are `count`, whatever the values: the graph is static, and so is the cost.
#pragma once

#include "elbo/engine/graph.h"

namespace elbo::flows {

Tensor orthonormal_rows(Tensor a);

}  // namespace elbo::flows
