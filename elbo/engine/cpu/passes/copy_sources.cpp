#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

void copy_sources(Graph& graph) {
  std::vector<Node> nodes = graph.nodes();
  const auto is_source = [&](int id) {
    const Node* node = &nodes[static_cast<size_t>(id)];
    while (node->op == &kReshape || node->op == &kSlice || node->op == &kStopGradient) {
      node = &nodes[static_cast<size_t>(node->inputs[0])];
    }
    return node->op->kind == OpKind::kSource;
  };
  std::vector<int> same(nodes.size());
  for (size_t id = 0; id < same.size(); ++id) same[id] = static_cast<int>(id);
  std::vector<int> renamed = same;
  const auto copied = [&](int id) {
    int& target = renamed[static_cast<size_t>(id)];
    if (target != id || !is_source(id)) return;
    Node copy;
    copy.op = &kBroadcastTo;
    copy.inputs = {id};
    copy.shape = nodes[static_cast<size_t>(id)].shape;
    copy.dtype = nodes[static_cast<size_t>(id)].dtype;
    copy.attributes.integers = copy.shape.dims();
    target = static_cast<int>(nodes.size());
    nodes.push_back(std::move(copy));
  };
  for (const auto& output : graph.outputs()) copied(output.node);
  for (const auto& update : graph.updates()) copied(update.value);
  if (nodes.size() == same.size()) return;
  graph.replace_results(std::move(nodes), renamed);
}

}  // namespace elbo::cpu
