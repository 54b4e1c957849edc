#include "elbo/data/graph_input.h"

#include "elbo/engine/ops.h"

namespace elbo::data {

Inputs inputs(Graph& graph, const Dataset& dataset, int64_t batch, const std::vector<std::string>& wanted) {
  Inputs result;
  for (const std::string& name : wanted) {
    const Array& rows = dataset.train.array(name);
    Shape shape = rows.shape();
    shape.set(0, batch);
    Tensor value = graph.input(name, shape, rows.dtype());
    if (rows.dtype() != DType::kI32) value = to_real(value);
    if (name == "x") {
      if (dataset.value_scale != 1) value = value * (1.0 / static_cast<double>(dataset.value_scale));
      if (dataset.binarization == Binarization::kDynamic) value = less(random_uniform(graph, shape), value);
    }
    result.emplace(name, value);
  }
  return result;
}

}  // namespace elbo::data
