#include <algorithm>

#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/cpu/kernels/partial_products.h"
#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

constexpr int64_t kParts = 2;
constexpr int64_t kLeastSplitRows = 32;
constexpr int64_t kLeastDepth = 256;

class SplitDepth final : public Pass {
 public:
  std::string_view name() const override { return "split-depth"; }

  bool run(Graph& graph) const override {
    std::vector<int> new_ids(graph.nodes().size());
    std::vector<Node> nodes;
    bool changed = false;
    for (size_t id = 0; id < graph.nodes().size(); ++id) {
      Node node = graph.nodes()[id];
      const bool splits = worth_it(graph, node);
      for (int& input : node.inputs) input = new_ids[static_cast<size_t>(input)];
      if (splits) {
        new_ids[id] = add_split(std::move(node), nodes);
        changed = true;
      } else {
        new_ids[id] = static_cast<int>(nodes.size());
        nodes.push_back(std::move(node));
      }
    }
    if (changed) graph.replace_nodes(std::move(nodes), new_ids);
    return changed;
  }

 private:
  static bool worth_it(const Graph& graph, const Node& node) {
    if (node.op != &kMatmul || node.shape.rank() != 2) return false;
    if (node.attributes.integers[0] != 0 || node.attributes.integers[1] != 0) return false;
    const Node& weights = graph.node(node.inputs[1]);
    const Product product{.m = node.shape[0], .n = node.shape[1], .k = weights.shape[0]};
    if (product.m < kLeastSplitRows || product.k < kLeastDepth) return false;
    // Many rows are what threads share; few columns leave their products little to do.
    if (product_blocks(product).rows < product.m || product.n < product.m) return false;
    const auto is_updated = [&](const Graph::Update& update) { return update.variable == weights.attributes.variable; };
    return weights.op == &kVariable && std::any_of(graph.updates().begin(), graph.updates().end(), is_updated);
  }

  // The parts and their sum, to the end of `nodes`; returns the sum's id.
  static int add_split(Node product, std::vector<Node>& nodes) {
    const auto push = [&](Node node) {
      nodes.push_back(std::move(node));
      return static_cast<int>(nodes.size()) - 1;
    };
    const Shape result = product.shape;
    const auto made = [&](const OpDef& op, std::vector<int> inputs, const Shape& shape, std::vector<int64_t> integers) {
      Node node;
      node.op = &op;
      node.inputs = std::move(inputs);
      node.shape = shape;
      node.dtype = product.dtype;
      node.scope = product.scope;
      node.attributes.integers = std::move(integers);
      return push(std::move(node));
    };
    const int parts = made(kPartialProducts, product.inputs, {kParts, result[0], result[1]}, {kParts});
    int total = -1;
    for (int64_t part = 0; part < kParts; ++part) {
      const int slice = made(kSlice, {parts}, {1, result[0], result[1]}, {0, part, part + 1, 1});
      const int one = made(kReshape, {slice}, result, result.dims());
      total = total < 0 ? one : made(kAdd, {total, one}, result, {});
    }
    return total;
  }
};

}  // namespace

std::unique_ptr<Pass> split_depth() {
  return std::make_unique<SplitDepth>();
}

}  // namespace elbo::cpu
