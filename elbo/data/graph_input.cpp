#include "elbo/data/graph_input.h"

#include "elbo/engine/ops.h"

namespace elbo::data {

Inputs inputs(Graph& graph, const Dataset& dataset, int64_t batch, const std::vector<std::string>& wanted) {
  Inputs result;
  for (const std::string& name : wanted) {
    const Array& rows = dataset.any().array(name);
    Shape shape = rows.shape();
    shape.set(0, batch);
    Tensor value = graph.input(name, shape, rows.dtype());
    if (rows.dtype() != DType::kI32) value = to_real(value);
    if (name == "x") {
      if (dataset.value_scale != 1) value = value * (1.0 / static_cast<double>(dataset.value_scale));
      if (const std::vector<double> width = dataset.encoding.noise_width(); !width.empty()) {
        const Array row = Array::of<double>({1, static_cast<int64_t>(width.size())}, width);
        value = value + (random_uniform(graph, shape) + dataset.encoding.noise_offset()) * graph.constant(row);
      }
      if (dataset.binarization == Binarization::kDynamic) value = less(random_uniform(graph, shape), value);
    }
    result.emplace(name, value);
  }
  return result;
}

Inputs inputs(Graph& graph, const Dataset& dataset, int64_t batch) {
  std::vector<std::string> wanted{"x"};
  if (dataset.any().has("context")) wanted.emplace_back("context");
  return inputs(graph, dataset, batch, wanted);
}

Tensor in_units(Tensor y, const Dataset& dataset) {
  const Encoding& encoding = dataset.encoding;
  if (!encoding.standardization) {
    const double factor = encoding.divisor() / encoding.unit;
    return factor == 1 ? y : y * factor;
  }
  const auto row = [&](std::vector<double> values) {
    for (double& value : values) value /= encoding.unit;
    return y.graph().constant(Array::of<double>({1, encoding.dim}, values));
  };
  return y * row(encoding.standardization->scale) + row(encoding.standardization->mean);
}

}  // namespace elbo::data
