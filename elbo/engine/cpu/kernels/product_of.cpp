#include "elbo/engine/cpu/kernels/product_of.h"

#include "elbo/engine/cpu/kernels/partial_products.h"

namespace elbo::cpu {

Product product_of(const Node& node, const Shape& first) {
  const bool parted = node.op == &kPartialProducts;
  const bool ta = !parted && node.attributes.integers[0] != 0, tb = !parted && node.attributes.integers[1] != 0;
  return {.m = node.shape.last(1),
          .n = node.shape.last(0),
          .k = first.last(ta ? 1 : 0),
          .transpose_a = ta,
          .transpose_b = tb};
}

Product product_of(const Graph& graph, int id) {
  return product_of(graph.node(id), graph.node(graph.node(id).inputs[0]).shape);
}

}  // namespace elbo::cpu
