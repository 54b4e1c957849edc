#include <stdexcept>

#include "elbo/engine/op.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {

void verify(const Graph& graph) {
  const auto fail = [](size_t id, const std::string& reason) {
    throw std::logic_error("graph: %" + std::to_string(id) + ": " + reason);
  };
  const auto count = static_cast<int>(graph.nodes().size());
  for (size_t id = 0; id < graph.nodes().size(); ++id) {
    const Node& node = graph.nodes()[id];
    std::vector<Shape> shapes;
    for (const int input : node.inputs) {
      if (input < 0 || input >= static_cast<int>(id)) fail(id, "uses %" + std::to_string(input) + " before it exists");
      shapes.push_back(graph.node(input).shape);
    }
    const Shape expected = node.op->shape(OpCall{*node.op, shapes, node.attributes, node.scope});
    if (expected != node.shape) {
      fail(id, std::string(node.op->name) + " has shape " + to_string(node.shape) + ", its rule says " +
                   to_string(expected));
    }
  }
  for (const auto& output : graph.outputs()) {
    if (output.node < 0 || output.node >= count) fail(0, "the output " + output.name + " does not exist");
  }
  for (const auto& update : graph.updates()) {
    if (update.value < 0 || update.value >= count)
      fail(0, "the update of " + update.variable->name + " does not exist");
    if (graph.node(update.value).shape != update.variable->value.shape()) {
      fail(static_cast<size_t>(update.value), "does not have the shape of " + update.variable->name);
    }
  }
}

}  // namespace elbo
