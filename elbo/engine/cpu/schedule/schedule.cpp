#include "elbo/engine/cpu/schedule/schedule.h"

#include <algorithm>
#include <numeric>

#include "elbo/engine/cpu/schedule/chains.h"
#include "elbo/engine/cpu/schedule/describe.h"
#include "elbo/engine/cpu/schedule/layout.h"

namespace elbo::cpu {

namespace {

class Scheduler {
 public:
  Scheduler(const Graph& graph, const ScheduleOptions& options) : graph_(graph), options_(options) {
    schedule_.nodes.resize(graph.nodes().size());
    schedule_.deferred_updates.assign(graph.updates().size(), false);
    min_stage_.assign(graph.nodes().size(), 0);
    users_.resize(graph.nodes().size());
    wanted_.assign(graph.nodes().size(), false);
  }

  Schedule run() {
    for (size_t id = 0; id < graph_.nodes().size(); ++id) {
      describe(graph_, static_cast<int>(id), options_.fuse, schedule_.nodes);
    }
    collect_users();
    // Updating a variable in place must wait for its readers; each round moves the components that do not.
    constexpr int kRounds = 12;
    for (int round = 0; round < kRounds; ++round) {
      assign_stages();
      sink();
      form_components();
      if (!delay_updates(round + 1 == kRounds)) break;
    }
    mark_materialized();
    return std::move(schedule_);
  }

 private:
  NodeInfo& info(int id) { return schedule_.nodes[static_cast<size_t>(id)]; }
  const Node& node(int id) const { return graph_.node(id); }

  void collect_users() {
    for (size_t id = 0; id < graph_.nodes().size(); ++id) {
      if (info(static_cast<int>(id)).role == Role::kView) continue;
      const Node& n = node(static_cast<int>(id));
      for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
        users_[static_cast<size_t>(info(n.inputs[slot]).root)].push_back({static_cast<int>(id), slot});
      }
    }
    for (const auto& output : graph_.outputs()) wanted_[static_cast<size_t>(info(output.node).root)] = true;
    for (const auto& update : graph_.updates()) wanted_[static_cast<size_t>(info(update.value).root)] = true;
  }

  // Whether `id` can read input `slot` tile by tile, in the kernel that makes it.
  bool joins(int id, size_t slot) {
    const NodeInfo& i = info(id);
    const int input = node(id).inputs[slot];
    const NodeInfo& view = info(input);
    const NodeInfo& root = info(view.root);
    if (!options_.fuse || i.role != Role::kTile) return false;
    if (root.role != Role::kTile && root.role != Role::kMatmul) return false;
    if (root.role == Role::kTile && root.tile == TileKind::kBatchSum) return false;
    if (view.offset != 0 || view.rows != root.rows || view.cols != root.cols) return false;
    if (view.rows != i.space_rows) return false;
    if (i.tile != TileKind::kElementwise) return true;
    const RowMap map = row_map(node(input).shape, node(id).shape, i);
    return map.kind == RowMap::Kind::kSame || (map.kind == RowMap::Kind::kInvariant && i.space_rows == 1);
  }

  void assign_stages() {
    for (size_t at = 0; at < graph_.nodes().size(); ++at) {
      const int id = static_cast<int>(at);
      NodeInfo& i = info(id);
      if (i.role == Role::kSource || i.role == Role::kView) continue;
      i.stage = min_stage_[at];
      for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
        const NodeInfo& root = info(info(node(id).inputs[slot]).root);
        if (root.role == Role::kSource) continue;
        i.stage = std::max(i.stage, root.stage + (joins(id, slot) ? 0 : 1));
      }
    }
  }

  // Whether the memory of `id` is needed beyond its kernel for someone other than `except`.
  bool needed_by_others(int id, int except) {
    if (wanted_[static_cast<size_t>(id)]) return true;
    for (const auto& [user, slot] : users_[static_cast<size_t>(id)]) {
      if (user != except && (!joins(user, slot) || info(user).stage != info(id).stage)) return true;
    }
    return false;
  }

  // Moves a node from the kernel of its inputs to that of its users, when this stores less: the mask of a ReLU, say,
  // belongs to the backward pass, which has the ReLU's output anyway.
  void sink() {
    if (!options_.fuse) return;
    for (int id = static_cast<int>(graph_.nodes().size()) - 1; id >= 0; --id) {
      NodeInfo& i = info(id);
      const auto& users = users_[static_cast<size_t>(id)];
      if (i.role != Role::kTile || i.tile == TileKind::kBatchSum || users.empty()) continue;
      // A single number waits in memory for free, and would tie kernels together that have nothing else in common.
      if (wanted_[static_cast<size_t>(id)] || node(id).shape.elements() == 1) continue;
      int target = INT32_MAX;
      bool joined = false;
      for (const auto& [user, slot] : users) {
        const bool joining = joins(user, slot);
        const int latest = info(user).stage - (joining ? 0 : 1);
        joined = (latest < target ? false : joined) || (joining && latest <= target);
        target = std::min(target, latest);
      }
      if (target <= i.stage || !joined) continue;
      bool stored_no_more = true;  // at the target every user reads it from the kernel
      for (const auto& [user, slot] : users) {
        stored_no_more = stored_no_more && joins(user, slot) && info(user).stage == target;
      }
      int64_t cost = 0;
      for (const int input : node(id).inputs) {
        const int root = info(input).root;
        if (info(root).role == Role::kSource || needed_by_others(root, id)) continue;
        if (info(root).stage == i.stage || !needed_by_others(root, -1)) cost += node(root).shape.elements();
      }
      if (stored_no_more && cost <= node(id).shape.elements()) i.stage = target;
    }
  }

  void form_components() {
    const auto count = static_cast<int>(graph_.nodes().size());
    std::vector<int> parent(static_cast<size_t>(count));
    std::iota(parent.begin(), parent.end(), 0);
    const auto find = [&](int id) {
      while (parent[static_cast<size_t>(id)] != id) {
        id = parent[static_cast<size_t>(id)] = parent[static_cast<size_t>(parent[static_cast<size_t>(id)])];
      }
      return id;
    };
    schedule_.stages = 0;
    for (int id = 0; id < count; ++id) {
      for (size_t slot = 0; slot < node(id).inputs.size(); ++slot) {
        const int root = info(node(id).inputs[slot]).root;
        if (joins(id, slot) && info(root).stage == info(id).stage) {
          parent[static_cast<size_t>(find(id))] = find(root);
        }
      }
      schedule_.stages = std::max(schedule_.stages, info(id).stage + 1);
    }
    schedule_.components.clear();
    std::vector<int> component_of(static_cast<size_t>(count), -1);
    for (int id = 0; id < count; ++id) {
      NodeInfo& i = info(id);
      if (i.role == Role::kSource || i.role == Role::kView) continue;
      int& index = component_of[static_cast<size_t>(find(id))];
      if (index < 0) {
        index = static_cast<int>(schedule_.components.size());
        schedule_.components.push_back({.stage = i.stage, .nodes = {}});
      }
      i.component = index;
      schedule_.components[static_cast<size_t>(index)].nodes.push_back(id);
    }
  }

  // Components that assign a variable must come after every other reader of it, and after the guard.  Returns whether
  // a component had to move; on the last round gives up on those and has them copied at the end of the step.
  bool delay_updates(bool last_round) {
    bool moved = false;
    for (size_t u = 0; u < graph_.updates().size(); ++u) {
      const Graph::Update& update = graph_.updates()[u];
      const int value = info(update.value).root;
      if (info(value).role == Role::kSource) continue;
      int needed = options_.guard >= 0 ? info(info(options_.guard).root).stage + 1 : 0;
      for (size_t id = 0; id < graph_.nodes().size(); ++id) {
        if (node(static_cast<int>(id)).attributes.variable != update.variable) continue;
        for (const auto& [user, slot] : users_[id]) {
          if (info(user).component != info(value).component) needed = std::max(needed, info(user).stage + 1);
        }
      }
      if (schedule_.deferred_updates[u] || info(value).stage >= needed) continue;
      // A counter is copied at the end rather than held back with everything that counts on it.
      if (last_round || node(value).shape.elements() == 1) {
        schedule_.deferred_updates[u] = true;
        continue;
      }
      moved = true;
      for (const int id : schedule_.components[static_cast<size_t>(info(value).component)].nodes) {
        min_stage_[static_cast<size_t>(id)] = std::max(min_stage_[static_cast<size_t>(id)], needed);
      }
    }
    return moved;
  }

  void mark_materialized() {
    for (size_t at = 0; at < graph_.nodes().size(); ++at) {
      const int id = static_cast<int>(at);
      NodeInfo& i = info(id);
      if (i.role == Role::kSource || i.role == Role::kView) continue;
      // A batch sum ends in memory even when nobody reads it, which only happens without the pass dead-code.
      const bool sum_of_rows = i.role == Role::kTile && i.tile == TileKind::kBatchSum;
      i.materialized = i.role == Role::kGeneral || sum_of_rows || needed_by_others(id, -1);
    }
  }

  const Graph& graph_;
  ScheduleOptions options_;
  Schedule schedule_;
  struct User {
    int node;
    size_t slot;
  };
  std::vector<std::vector<User>> users_;  // of each root, through views
  std::vector<bool> wanted_;              // outputs and values of updates
  std::vector<int> min_stage_;
};

}  // namespace

RowMap row_map(const Shape& operand, const Shape& result, const NodeInfo& info) {
  RowMap map;
  if (operand.elements() == 1) {
    map.kind = RowMap::Kind::kInvariant;
    return map;
  }
  if (result.rank() <= 1) {  // [n] seen as n rows of one, or as one row of n
    map.kind = info.cols == 1 ? RowMap::Kind::kSame : RowMap::Kind::kInvariant;
    if (info.rows == 1) map.kind = RowMap::Kind::kInvariant;
    return map;
  }
  bool same = true, invariant = true;
  int64_t step = 1;
  for (int back = 1; back < result.rank(); ++back) {
    const int64_t have = operand.last(back), want = result.last(back);
    same = same && have == want;
    invariant = invariant && have == 1;
    map.radix.push_back({want, have == 1 ? 0 : step});
    step *= have;
  }
  map.kind = same ? RowMap::Kind::kSame : invariant ? RowMap::Kind::kInvariant : RowMap::Kind::kMixed;
  return map;
}

int64_t operand_cols(const Shape& operand, const Shape& result, const NodeInfo& info) {
  if (operand.elements() == 1) return 1;
  if (result.rank() <= 1) return info.cols;
  return operand.last(0);
}

Schedule make_schedule(const Graph& graph, const ScheduleOptions& options) {
  Schedule schedule = Scheduler(graph, options).run();
  if (options.fuse) make_chains(graph, options.guard, schedule);
  choose_layouts(graph, schedule);
  return schedule;
}

}  // namespace elbo::cpu
