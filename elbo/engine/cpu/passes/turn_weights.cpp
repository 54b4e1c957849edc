#include <map>

#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

// From here on a product has four blocks of rows or more, each of which would turn the weights for itself.
constexpr int64_t kLeastTurnedRows = 512;
constexpr int64_t kLeastWidth = 16;  // of either side of a matrix that is worth it

class TurnWeights final : public Pass {
 public:
  std::string_view name() const override { return "turn-weights"; }

  bool run(Graph& graph) const override {
    std::vector<int> new_ids(graph.nodes().size());
    std::vector<Node> nodes;
    std::map<int, int> turned;  // by the variable's node
    for (size_t id = 0; id < graph.nodes().size(); ++id) {
      Node node = graph.nodes()[id];
      for (int& input : node.inputs) input = new_ids[static_cast<size_t>(input)];
      if (node.op == &kMatmul && node.attributes.integers[1] != 0 && node.shape.rank() == 2 &&
          node.shape[0] >= kLeastTurnedRows) {
        const int weights = node.inputs[1];
        const Node& matrix = nodes[static_cast<size_t>(weights)];
        if (matrix.op == &kVariable && matrix.shape[0] >= kLeastWidth && matrix.shape[1] >= kLeastWidth) {
          const auto [place, first] = turned.try_emplace(weights, static_cast<int>(nodes.size()));
          if (first) nodes.push_back(turned_copy(weights, matrix, node.scope));
          node.inputs[1] = place->second;
          node.attributes.integers[1] = 0;
        }
      }
      new_ids[id] = static_cast<int>(nodes.size());
      nodes.push_back(std::move(node));
    }
    if (turned.empty()) return false;
    graph.replace_nodes(std::move(nodes), new_ids);
    return true;
  }

 private:
  static Node turned_copy(int weights, const Node& matrix, const std::string& scope) {
    Node node;
    node.op = &kTranspose;
    node.inputs = {weights};
    node.shape = {matrix.shape[1], matrix.shape[0]};
    node.dtype = matrix.dtype;
    node.attributes.integers = {1, 0};
    node.scope = scope;
    return node;
  }
};

}  // namespace

std::unique_ptr<Pass> turn_weights() {
  return std::make_unique<TurnWeights>();
}

}  // namespace elbo::cpu
