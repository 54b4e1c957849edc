#include "elbo/engine/cpu/lower/memory.h"

#include <algorithm>
#include <map>

#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

// Values that a chain makes and nobody else reads take turns in the same memory, if they are of the same size: a block
// of rows then lies in the same bytes, and goes through the kernels of the chain one after the other.
class ChainSlots {
 public:
  ChainSlots(const Graph& graph, const Schedule& schedule) : schedule_(schedule), last_(graph.nodes().size(), -1) {
    for (size_t id = 0; id < graph.nodes().size(); ++id) {
      if (info(id).role == Role::kView) continue;
      for (const int input : graph.nodes()[id].inputs) {
        int& last = last_[static_cast<size_t>(info(static_cast<size_t>(input)).root)];
        last = std::max(last, info(id).component);
      }
    }
  }

  // The node whose memory `id` takes over, which its stage's kernels alone read, or `id` itself.
  size_t owner_of(size_t id, size_t bytes) {
    const NodeInfo& made = info(id);
    const int chain = schedule_.components[static_cast<size_t>(made.component)].chain;
    if (chain < 0 || (made.role == Role::kTile && made.tile == TileKind::kBatchSum)) return id;
    for (Slot& slot : slots_[{chain, bytes}]) {
      if (slot.last >= made.component) continue;
      slot.last = std::max(last_[id], made.component);
      return slot.owner;
    }
    slots_[{chain, bytes}].push_back({.owner = id, .last = std::max(last_[id], made.component)});
    return id;
  }

 private:
  struct Slot {
    size_t owner;
    int last;  // component that reads what it holds
  };

  const NodeInfo& info(size_t id) const { return schedule_.nodes[id]; }

  const Schedule& schedule_;
  std::vector<int> last_;  // component that reads a node, through views
  std::map<std::pair<int, size_t>, std::vector<Slot>> slots_;
};

}  // namespace

Memory::Memory(const Graph& graph, const Schedule& schedule, std::vector<Array>& inputs, Plan& plan,
               CompileReport& report)
    : graph_(graph), schedule_(schedule) {
  const size_t count = graph.nodes().size();
  addresses_.assign(count, nullptr);
  overwrites_.assign(count, nullptr);

  // Sources.
  for (size_t i = 0; i < graph.inputs().size(); ++i) {
    addresses_[static_cast<size_t>(graph.inputs()[i].node)] = inputs[i].data();
  }
  for (size_t id = 0; id < count; ++id) {
    const Node& node = graph.nodes()[id];
    if (node.op == &kVariable) {
      addresses_[id] = node.attributes.variable->value.data();
    } else if (node.op == &kStep) {
      plan.constants.emplace_back(DType::kF32, Shape{});
      addresses_[id] = plan.constants.back().data();
      plan.step_numbers.push_back({node.attributes.integers[0], reals(static_cast<int>(id))});
    } else if (node.op == &kConstant) {
      Array value = node.attributes.value != nullptr
                        ? *node.attributes.value
                        : Array::of<float>({}, {static_cast<float>(node.attributes.numbers[0])});
      plan.constants.push_back(std::move(value));
      addresses_[id] = plan.constants.back().data();
    }
  }

  // Updates in place.
  copied_.assign(graph.updates().size(), false);
  for (size_t u = 0; u < graph.updates().size(); ++u) {
    copied_[u] = !can_write_in_place(u);
    if (copied_[u]) continue;
    const auto root = static_cast<size_t>(schedule.nodes[static_cast<size_t>(graph.updates()[u].value)].root);
    overwrites_[root] = graph.updates()[u].variable.get();
    addresses_[root] = graph.updates()[u].variable->value.data();
  }

  // Everything else that leaves its kernel: alive from its stage to that of its last reader, to the end if the caller
  // or a copied update reads it.
  const int end = schedule.stages + 2;
  std::vector<int> last(count, -1);
  const auto root_of = [&](int id) { return static_cast<size_t>(schedule.nodes[static_cast<size_t>(id)].root); };
  for (size_t id = 0; id < count; ++id) {
    const NodeInfo& info = schedule.nodes[id];
    if (info.role == Role::kView) continue;
    for (const int input : graph.nodes()[id].inputs) last[root_of(input)] = std::max(last[root_of(input)], info.stage);
  }
  for (const auto& output : graph.outputs()) last[root_of(output.node)] = end;
  for (size_t u = 0; u < graph.updates().size(); ++u) {
    if (copied_[u]) last[root_of(graph.updates()[u].value)] = end;
  }
  std::vector<Lifetime> lifetimes;
  std::vector<size_t> owners;
  ChainSlots slots(graph, schedule);
  std::vector<std::pair<size_t, size_t>> sharing;  // nodes, and whose place they take over
  for (size_t id = 0; id < count; ++id) {
    const NodeInfo& info = schedule.nodes[id];
    if (!info.materialized || addresses_[id] != nullptr) continue;
    const Node& node = graph.nodes()[id];
    const size_t bytes = std::max<size_t>(1, static_cast<size_t>(node.shape.elements()) * size_of(node.dtype));
    if (last[id] == info.stage) {
      if (const size_t owner = slots.owner_of(id, bytes); owner != id) {
        sharing.emplace_back(id, owner);
        continue;
      }
    }
    owners.push_back(id);
    lifetimes.push_back({.bytes = bytes, .first = info.stage, .last = std::max(last[id], info.stage)});
  }
  const MemoryPlan memory = plan_memory(lifetimes);
  plan.block = Array(DType::kU8, {static_cast<int64_t>(memory.bytes)});
  for (size_t i = 0; i < owners.size(); ++i) addresses_[owners[i]] = plan.block.data() + memory.offsets[i];
  for (const auto& [id, owner] : sharing) addresses_[id] = addresses_[owner];

  report.planned_bytes = memory.bytes;
  report.bytes_without_reuse = memory.bytes_without_reuse;
  for (const size_t i : memory.alive_at_peak) {
    const Node& node = graph.nodes()[owners[i]];
    report.alive_at_peak.push_back(std::string(node.op->name) + " " + to_string(node.shape) +
                                   (node.scope.empty() ? "" : " (" + node.scope + ")"));
    if (report.alive_at_peak.size() == 12) break;
  }
}

std::byte* Memory::address(int node) const {
  const NodeInfo& info = schedule_.nodes[static_cast<size_t>(node)];
  std::byte* base = addresses_[static_cast<size_t>(info.root)];
  return base == nullptr ? nullptr : base + info.offset * static_cast<int64_t>(size_of(graph_.node(node).dtype));
}

// A value can be written over its variable while it is computed when nothing else needs the old one: the schedule has
// every other kernel that reads it done before, and the kernel itself reads it element by element, never after the
// element is written.
bool Memory::can_write_in_place(size_t u) const {
  const Graph::Update& update = graph_.updates()[u];
  const NodeInfo& value = schedule_.nodes[static_cast<size_t>(update.value)];
  const NodeInfo& root = schedule_.nodes[static_cast<size_t>(value.root)];
  if (schedule_.deferred_updates[u] || root.role != Role::kTile || value.offset != 0) return false;
  if (root.tile == TileKind::kBatchSum ||
      graph_.node(value.root).shape.elements() != graph_.node(update.value).shape.elements())
    return false;
  if (overwrites_[static_cast<size_t>(value.root)] != nullptr) return false;
  for (const auto& output : graph_.outputs()) {
    if (schedule_.nodes[static_cast<size_t>(output.node)].root == value.root) return false;
  }
  for (size_t id = 0; id < graph_.nodes().size(); ++id) {
    const Node& node = graph_.nodes()[id];
    const NodeInfo& info = schedule_.nodes[id];
    for (const int input : node.inputs) {
      const int source = schedule_.nodes[static_cast<size_t>(input)].root;
      const Node& read = graph_.node(source);
      if (info.role == Role::kView) continue;
      if (source == value.root && info.component != root.component) return false;  // its lifetime is not planned
      if (read.op != &kVariable || read.attributes.variable != update.variable || info.component != root.component) {
        continue;
      }
      const bool by_element = info.role == Role::kTile && info.tile == TileKind::kElementwise &&
                              graph_.node(input).shape == node.shape && static_cast<int>(id) <= value.root;
      if (!by_element) return false;
    }
  }
  // Outputs that show the variable itself show its old value: they are views of it, read after the step.
  for (const auto& output : graph_.outputs()) {
    const Node& shown = graph_.node(schedule_.nodes[static_cast<size_t>(output.node)].root);
    if (shown.op == &kVariable && shown.attributes.variable == update.variable) return false;
  }
  return true;
}

}  // namespace elbo::cpu
