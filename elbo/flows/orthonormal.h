// Orthonormal vectors from any vectors: classical Gram-Schmidt, each vector cleared of the earlier ones twice.
//
//   const Tensors q = orthonormal({a, b, c});      // each [rows, dim]: one set of three vectors in every row
//
// Twice is enough for orthogonality to rounding unless a vector is, to rounding, a sum of earlier ones (Giraud et al.
// 2005).  How much is computed does not depend on the values, so the graph is static; and all of it goes row by row,
// so it is one fused kernel.
#pragma once

#include "elbo/engine/graph.h"

namespace elbo::flows {

Tensors orthonormal(const Tensors& vectors);

// Of length 1; a vector of zeros stays one.
Tensor unit_vector(Tensor v);

}  // namespace elbo::flows
