#include "elbo/engine/interpreter.h"

#include <cmath>

#include "elbo/engine/graph/source.h"
#include "elbo/engine/op.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {

std::vector<double> as_doubles(const Array& array) {
  const Array wide = array.cast(DType::kF64);
  const auto values = wide.values<double>();
  return {values.begin(), values.end()};
}

// One element after the other, each input index by the numpy rule.
void run_elementwise(const Node& node, const std::vector<std::span<const double>>& src,
                     const std::vector<Shape>& shapes, std::vector<double>& dst) {
  const double alpha = node.attributes.numbers.empty() ? 0.0 : node.attributes.numbers[0];
  const int rank = node.shape.rank();
  std::vector<std::vector<int64_t>> strides;
  for (const Shape& shape : shapes) {
    const std::vector<int64_t> dense = shape.strides();
    std::vector<int64_t> aligned(static_cast<size_t>(rank), 0);
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (shape[axis] != 1) aligned[static_cast<size_t>(axis + rank - shape.rank())] = dense[static_cast<size_t>(axis)];
    }
    strides.push_back(std::move(aligned));
  }
  std::vector<int64_t> index(static_cast<size_t>(rank), 0);
  double x[3] = {0, 0, 0};
  for (double& value : dst) {
    for (size_t i = 0; i < src.size(); ++i) {
      int64_t at = 0;
      for (size_t axis = 0; axis < index.size(); ++axis) at += index[axis] * strides[i][axis];
      x[i] = src[i][static_cast<size_t>(at)];
    }
    value = node.op->scalar(x, alpha);
    for (int axis = rank - 1; axis >= 0; --axis) {
      if (++index[static_cast<size_t>(axis)] < node.shape[axis]) break;
      index[static_cast<size_t>(axis)] = 0;
    }
  }
}

}  // namespace

Interpreter::Interpreter(const Graph& graph, const Options& options) : graph_(graph), options_(options) {
  for (const VariablePtr& variable : graph.variables()) variables_[variable.get()] = as_doubles(variable->value);
}

std::map<std::string, Array> Interpreter::run(const std::map<std::string, Array>& inputs, const StepContext& context) {
  values_.assign(graph_.nodes().size(), {});
  for (size_t id = 0; id < graph_.nodes().size(); ++id) {
    const Node& node = graph_.nodes()[id];
    std::vector<double>& dst = values_[id];
    if (node.op == &kInput) {
      const auto given = inputs.find(node.attributes.text);
      if (given == inputs.end()) throw DataError("run: the input \"" + node.attributes.text + "\" is missing");
      const bool real = node.dtype == DType::kF32 && given->second.dtype() == DType::kF64;
      if (given->second.shape() != node.shape || (given->second.dtype() != node.dtype && !real)) {
        throw DataError("run: the input \"" + node.attributes.text + "\" is " +
                        std::string(name_of(given->second.dtype())) + " " + to_string(given->second.shape()) +
                        ", the graph declares " + std::string(name_of(node.dtype)) + " " + to_string(node.shape));
      }
      dst = as_doubles(given->second);
    } else if (node.op == &kVariable) {
      dst = variables_.at(node.attributes.variable.get());
    } else if (node.op == &kConstant) {
      if (node.attributes.value != nullptr) {
        dst = as_doubles(*node.attributes.value);
      } else {
        dst.assign(static_cast<size_t>(node.shape.elements()), node.attributes.numbers[0]);
      }
    } else {
      dst.assign(static_cast<size_t>(node.shape.elements()), 0.0);
      std::vector<std::span<const double>> src;
      std::vector<Shape> shapes;
      for (const int input : node.inputs) {
        src.emplace_back(values_[static_cast<size_t>(input)]);
        shapes.push_back(graph_.node(input).shape);
      }
      if (node.op->scalar != nullptr) {
        run_elementwise(node, src, shapes, dst);
      } else {
        node.op->reference(ReferenceCall{node, src, shapes, dst, context.seed, context.step});
      }
    }
    if (options_.precision == Precision::kF32 && node.dtype == DType::kF32) {
      for (double& value : dst) value = static_cast<double>(static_cast<float>(value));
    }
  }
  std::map<std::string, Array> outputs;
  for (const Graph::NamedNode& output : graph_.outputs()) {
    const Node& node = graph_.node(output.node);
    outputs.emplace(output.name, Array::of<double>(node.shape, values_[static_cast<size_t>(output.node)]));
  }
  for (const Graph::Update& update : graph_.updates()) {
    variables_[update.variable.get()] = values_[static_cast<size_t>(update.value)];
  }
  return outputs;
}

Array Interpreter::value(Tensor tensor) const {
  return Array::of<double>(tensor.shape(), values_.at(static_cast<size_t>(tensor.id())));
}

std::optional<int> Interpreter::first_non_finite() const {
  for (size_t id = 0; id < values_.size(); ++id) {
    if (graph_.nodes()[id].op == &kConstant) continue;
    for (const double value : values_[id]) {
      if (!std::isfinite(value)) return static_cast<int>(id);
    }
  }
  return std::nullopt;
}

}  // namespace elbo
