// The product of matrices that a node is.
#pragma once

#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/graph.h"

namespace elbo::cpu {

// The sizes of the product of a matmul node, of each where it is a stack of them, or of partial products.
Product product_of(const Graph& graph, int id);
Product product_of(const Node& node, const Shape& first);  // `first`: the first input's shape

}  // namespace elbo::cpu
