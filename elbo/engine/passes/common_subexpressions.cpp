#include <bit>
#include <unordered_map>

#include "elbo/engine/op.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {

namespace {

uint64_t mixed(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ULL + (hash << 6) + (hash >> 2);
  return hash * 0xff51afd7ed558ccdULL;
}

uint64_t hash_of(const Node& node) {
  uint64_t hash = mixed(0, reinterpret_cast<uintptr_t>(node.op));
  for (const int input : node.inputs) hash = mixed(hash, static_cast<uint64_t>(input));
  for (const int64_t value : node.attributes.integers) hash = mixed(hash, static_cast<uint64_t>(value));
  for (const double value : node.attributes.numbers) hash = mixed(hash, std::bit_cast<uint64_t>(value));
  return hash;
}

// Random nodes differ in their streams, so equal attributes mean the same draw.  Constants that hold arrays are only
// the same when they share the array.
bool same(const Node& a, const Node& b) {
  const auto same_bits = [](const std::vector<double>& x, const std::vector<double>& y) {
    if (x.size() != y.size()) return false;
    for (size_t i = 0; i < x.size(); ++i) {
      if (std::bit_cast<uint64_t>(x[i]) != std::bit_cast<uint64_t>(y[i])) return false;
    }
    return true;
  };
  return a.op == b.op && a.inputs == b.inputs && a.dtype == b.dtype && a.attributes.integers == b.attributes.integers &&
         same_bits(a.attributes.numbers, b.attributes.numbers) && a.attributes.text == b.attributes.text &&
         a.attributes.value == b.attributes.value && a.attributes.variable == b.attributes.variable;
}

class CommonSubexpressions final : public Pass {
 public:
  std::string_view name() const override { return "common-subexpressions"; }

  bool run(Graph& graph) const override {
    const std::vector<Node>& nodes = graph.nodes();
    std::vector<int> new_ids(nodes.size());
    std::vector<Node> kept;
    std::unordered_multimap<uint64_t, int> seen;
    for (size_t id = 0; id < nodes.size(); ++id) {
      Node node = nodes[id];
      for (int& input : node.inputs) input = new_ids[static_cast<size_t>(input)];
      const uint64_t hash = hash_of(node);
      int found = -1;
      for (auto [it, end] = seen.equal_range(hash); it != end; ++it) {
        if (same(kept[static_cast<size_t>(it->second)], node)) found = it->second;
      }
      if (found < 0) {
        found = static_cast<int>(kept.size());
        seen.emplace(hash, found);
        kept.push_back(std::move(node));
      }
      new_ids[id] = found;
    }
    const bool changed = kept.size() != nodes.size();
    if (changed) graph.replace_nodes(std::move(kept), new_ids);
    return changed;
  }
};

}  // namespace

std::unique_ptr<Pass> common_subexpressions() {
  return std::make_unique<CommonSubexpressions>();
}

}  // namespace elbo
