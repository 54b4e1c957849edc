#include "elbo/engine/cpu/schedule/chains.h"

#include <algorithm>
#include <map>
#include <numeric>

namespace elbo::cpu {

namespace {

constexpr int64_t kLeastChainRows = 256;  // fewer are not worth cutting
constexpr int64_t kManyRows = 512;        // from here on, wide blocks keep the packing of weights cheap
constexpr int64_t kBlockRows = 64;
constexpr int64_t kWideBlockRows = 128;

class Chains {
 public:
  Chains(const Graph& graph, int guard, Schedule& schedule)
      : graph_(graph), guard_(guard), schedule_(schedule), parent_(schedule.components.size()) {
    std::iota(parent_.begin(), parent_.end(), 0);
    for (const Component& component : schedule.components) {
      rows_.push_back(rows_of(component.nodes[0]));
      base_.push_back(rows_.back());
      stage_.push_back(-1);
    }
  }

  void run() {
    find_needs();
    std::vector<int> order(schedule_.components.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) {
      return component(a).stage < component(b).stage;  // whatever is needed comes first
    });
    for (const int c : order) place(c);
    if (chained_) renumber(order);
  }

 private:
  const NodeInfo& info(int id) const { return schedule_.nodes[static_cast<size_t>(id)]; }
  const NodeInfo& root_of(int id) const { return info(info(id).root); }
  Component& component(int c) { return schedule_.components[static_cast<size_t>(c)]; }
  template <typename T>
  static T& at(std::vector<T>& values, int c) {
    return values[static_cast<size_t>(c)];
  }

  int64_t rows_of(int id) const { return info(id).role == Role::kTile ? info(id).space_rows : info(id).rows; }

  int find(int c) {
    while (at(parent_, c) != c) c = at(parent_, c) = at(parent_, at(parent_, c));
    return c;
  }

  // Whether `id` reads of its input only what lies in the rows it works on.
  bool reads_own_rows(int id, size_t slot) const {
    const Node& node = graph_.node(id);
    const NodeInfo& i = info(id);
    const NodeInfo& view = info(node.inputs[slot]);
    const NodeInfo& root = info(view.root);
    if (root.role != Role::kMatmul && (root.role != Role::kTile || root.tile == TileKind::kBatchSum)) return false;
    if (view.offset != 0 || view.rows * view.cols != root.rows * root.cols || view.rows != rows_of(id)) return false;
    if (i.role == Role::kMatmul) return slot == 0 && node.attributes.integers[0] == 0;
    if (i.role != Role::kTile) return false;
    if (i.tile != TileKind::kElementwise) return true;
    return row_map(graph_.node(node.inputs[slot]).shape, node.shape, i).kind == RowMap::Kind::kSame;
  }

  void need(int by, int what, bool own_rows) {
    if (by == what) return;
    const auto [place, first] = needs_[static_cast<size_t>(by)].try_emplace(what, own_rows);
    if (!first) place->second = place->second && own_rows;
  }

  // What each component needs of which others: true where its own rows are enough.
  void find_needs() {
    needs_.resize(schedule_.components.size());
    std::map<const Variable*, std::vector<int>> readers;  // components by the variable they read
    for (size_t n = 0; n < graph_.nodes().size(); ++n) {
      const int id = static_cast<int>(n);
      if (info(id).component < 0) continue;
      for (size_t slot = 0; slot < graph_.node(id).inputs.size(); ++slot) {
        const int root = info(graph_.node(id).inputs[slot]).root;
        if (const Variable* variable = graph_.node(root).attributes.variable.get()) {
          readers[variable].push_back(info(id).component);
        }
        if (info(root).component >= 0) need(info(id).component, info(root).component, reads_own_rows(id, slot));
      }
    }
    // Updates may be written in place: after everyone who reads the variable, and after the guard.
    for (size_t u = 0; u < graph_.updates().size(); ++u) {
      const int writer = root_of(graph_.updates()[u].value).component;
      if (schedule_.deferred_updates[u] || writer < 0) continue;
      for (const int reader : readers[graph_.updates()[u].variable.get()]) need(writer, reader, false);
      if (guard_ >= 0 && root_of(guard_).component >= 0) need(writer, root_of(guard_).component, false);
    }
  }

  bool can_chain(int c) {
    return info(component(c).nodes[0]).role != Role::kGeneral && at(rows_, c) >= kLeastChainRows;
  }

  // The stage of a component, and the chain it continues.
  void place(int c) {
    std::vector<int> before;
    int64_t base = at(rows_, c);
    for (const auto& [what, own_rows] : at(needs_, c)) {
      const int64_t other = at(base_, find(what));
      const bool fits =
          own_rows && can_chain(c) && can_chain(what) && std::max(base, other) % std::min(base, other) == 0;
      if (fits) {
        before.push_back(what);
        base = std::min(base, other);
      }
      at(stage_, c) = std::max(at(stage_, c), at(stage_, what) + (fits ? 0 : 1));
    }
    at(stage_, c) = std::max(at(stage_, c), 0);
    for (const int what : before) {
      if (at(stage_, what) != at(stage_, c)) continue;
      const int chain = find(what), own = find(c);
      const int64_t shared = std::min(at(base_, chain), at(base_, own));
      at(parent_, own) = chain;
      at(base_, chain) = shared;
      chained_ = true;
    }
  }

  void renumber(std::vector<int>& order) {
    std::stable_sort(order.begin(), order.end(), [&](int a, int b) { return at(stage_, a) < at(stage_, b); });
    std::map<int, int> size;
    for (const int c : order) ++size[find(c)];
    std::vector<Component> components;
    std::map<int, int> chains;  // by the component that stands for it
    schedule_.stages = 0;
    for (const int c : order) {
      Component& moved = components.emplace_back(std::move(component(c)));
      moved.stage = at(stage_, c);
      schedule_.stages = std::max(schedule_.stages, moved.stage + 1);
      if (size[find(c)] > 1) {
        moved.chain = chains.try_emplace(find(c), static_cast<int>(chains.size())).first->second;
        const int64_t base = at(base_, find(c));
        moved.block_rows = at(rows_, c) / base * (base >= kManyRows ? kWideBlockRows : kBlockRows);
      }
      for (const int id : moved.nodes) {
        schedule_.nodes[static_cast<size_t>(id)].stage = moved.stage;
        schedule_.nodes[static_cast<size_t>(id)].component = static_cast<int>(components.size()) - 1;
      }
    }
    schedule_.components = std::move(components);
  }

  const Graph& graph_;
  int guard_;
  Schedule& schedule_;
  std::vector<std::map<int, bool>> needs_;
  std::vector<int64_t> rows_;
  std::vector<int> stage_;
  std::vector<int> parent_;    // of chains, joined as they are found
  std::vector<int64_t> base_;  // rows that all of a chain's are multiples of, at its parent
  bool chained_ = false;
};

}  // namespace

void make_chains(const Graph& graph, int guard, Schedule& schedule) {
  Chains(graph, guard, schedule).run();
}

}  // namespace elbo::cpu
