#include "elbo/engine/graph/source.h"
#include "elbo/engine/op.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {

namespace {

class DeadCode final : public Pass {
 public:
  std::string_view name() const override { return "dead-code"; }

  bool run(Graph& graph) const override {
    const std::vector<Node>& nodes = graph.nodes();
    std::vector<bool> alive(nodes.size(), false);
    for (const auto& input : graph.inputs()) alive[static_cast<size_t>(input.node)] = true;
    for (const auto& output : graph.outputs()) alive[static_cast<size_t>(output.node)] = true;
    for (const auto& update : graph.updates()) alive[static_cast<size_t>(update.value)] = true;
    for (size_t id = nodes.size(); id-- > 0;) {
      if (!alive[id]) continue;
      for (const int input : nodes[id].inputs) alive[static_cast<size_t>(input)] = true;
    }
    std::vector<int> new_ids(nodes.size(), -1);
    std::vector<Node> kept;
    for (size_t id = 0; id < nodes.size(); ++id) {
      if (!alive[id]) continue;
      new_ids[id] = static_cast<int>(kept.size());
      kept.push_back(nodes[id]);
      for (int& input : kept.back().inputs) input = new_ids[static_cast<size_t>(input)];
    }
    const bool changed = kept.size() != nodes.size();
    if (changed) graph.replace_nodes(std::move(kept), new_ids);
    return changed;
  }
};

}  // namespace

std::unique_ptr<Pass> dead_code() {
  return std::make_unique<DeadCode>();
}

}  // namespace elbo
