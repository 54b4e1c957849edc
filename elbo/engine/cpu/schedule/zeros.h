// Zeros: parts of products that are known to be zero when a graph is compiled, because a constant mask of zeros and
// ones says so, as in masked autoregressive networks whose units are sorted by degree.
//
//   x (M ∘ W)ᵀ        a strip of columns needs only the part of x that the mask leaves it
//   M ∘ (yᵀ x)        a gradient of masked weights is computed where the mask is not zero
//
// Infinite or undefined factors of masked weights are not seen, where the plain product would spread them.
#pragma once

#include <vector>

#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

// The pieces of which the product of node `id` is made, or none when nothing is known to be zero that is worth leaving
// out.  `reader`: the only node that reads the product, or -1.
std::vector<ProductBlock> product_pieces(const Graph& graph, const Schedule& schedule, int id, int reader);

}  // namespace elbo::cpu
