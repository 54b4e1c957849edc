#include "elbo/data/graph_input.h"

#include "elbo/engine/ops.h"

namespace elbo::data {

Tensor graph_input(Graph& graph, const Dataset& dataset, int64_t batch) {
  const Shape shape{batch, dataset.dim()};
  Tensor x = to_real(graph.input("x", shape, dataset.train.rows.dtype()));
  if (dataset.value_scale != 1) x = x * (1.0 / static_cast<double>(dataset.value_scale));
  if (dataset.binarization == Binarization::kDynamic) x = less(random_uniform(graph, shape), x);
  return x;
}

}  // namespace elbo::data
