#include "elbo/engine/cpu/schedule.h"

#include <algorithm>
#include <numeric>

#include "elbo/engine/cpu/chains.h"
#include "elbo/engine/cpu/layout.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

int64_t leading(const Shape& shape) {
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  return rows;
}

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
    for (size_t id = 0; id < graph_.nodes().size(); ++id) describe(static_cast<int>(id));
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

  // Role, rows and cols of a node, from its shape and its inputs' descriptions.
  void describe(int id) {
    const Node& n = node(id);
    NodeInfo& i = info(id);
    i.root = id;
    i.rows = leading(n.shape);
    i.cols = n.shape.last(0);
    const auto input = [&](size_t slot) -> NodeInfo& { return info(n.inputs[slot]); };
    const auto is_column = [&](size_t slot) {
      const NodeInfo& in = input(slot);
      return in.cols == 1 && in.rows > 1 && in.rows * in.cols == n.shape.elements() &&
             info(in.root).role != Role::kSource;
    };
    const auto become_column = [&] {
      i.rows = n.shape.elements();
      i.cols = 1;
    };
    switch (n.op->kind) {
      case OpKind::kSource:
        i.role = Role::kSource;
        break;
      case OpKind::kRandom:
        i.role = Role::kTile;
        i.tile = TileKind::kRandom;
        break;
      case OpKind::kElementwise:
        i.role = Role::kTile;
        if (n.shape.rank() == 1) {
          for (size_t slot = 0; slot < n.inputs.size(); ++slot) {
            if (is_column(slot)) become_column();
          }
        }
        break;
      case OpKind::kReduce:
        describe_reduce(id);
        break;
      case OpKind::kMatmul:
        i.role = n.shape.rank() == 2 ? Role::kMatmul : Role::kGeneral;
        break;
      case OpKind::kMove:
        describe_move(id);
        break;
      case OpKind::kRows:
        i.role = Role::kTile;
        i.tile = TileKind::kRows;
        break;
      case OpKind::kIndexed:
        if (n.op == &kToReal) {
          i.role = Role::kTile;
          i.tile = TileKind::kConvert;
        } else if (n.op == &kCumsum && n.attributes.integers[0] == n.shape.rank() - 1 && n.shape.rank() >= 2) {
          i.role = Role::kTile;
          i.tile = TileKind::kCumsum;
        }
        break;
    }
    if (i.role == Role::kTile && i.tile != TileKind::kBatchSum) {
      i.space_rows = i.rows;
    }
    if (n.op == &kReshape && n.shape.rank() == 1 && is_column(0)) become_column();
    // Kernels count on at least one element; the general loops do not.
    if (i.role == Role::kTile || i.role == Role::kMatmul) {
      bool empty = n.shape.elements() == 0;
      for (const int in : n.inputs) empty = empty || node(in).shape.elements() == 0;
      if (empty) i.role = Role::kGeneral;
    }
    const bool has_general_kernel = i.tile == TileKind::kRowReduce || i.tile == TileKind::kBatchSum ||
                                    i.tile == TileKind::kMoveCols || i.tile == TileKind::kCumsum;
    if (!options_.fuse && i.role == Role::kTile && has_general_kernel) i.role = Role::kGeneral;
  }

  void describe_reduce(int id) {
    const Node& n = node(id);
    NodeInfo& i = info(id);
    const Shape& from = node(n.inputs[0]).shape;
    const NodeInfo& in = info(n.inputs[0]);
    const auto& axes = n.attributes.integers;
    const auto count = static_cast<int>(axes.size());
    const bool all =
        count == from.rank() || (leading(from) == 1 && axes.back() == from.rank() - 1) || n.shape.elements() == 1;
    const bool last_only = count == 1 && axes[0] == from.rank() - 1;
    bool rows_only = !axes.empty() && axes.back() != from.rank() - 1;  // every leading axis that is not 1
    if (rows_only) {
      for (int axis = 0; axis + 1 < from.rank(); ++axis) rows_only = rows_only && n.shape[axis] == 1;
    }
    i.role = Role::kTile;
    if (last_only && in.rows == leading(from) && in.cols == from.last(0)) {
      i.tile = TileKind::kRowReduce;
      i.rows = in.rows;
      i.cols = 1;
    } else if (n.op == &kSum && (all || rows_only)) {
      i.tile = TileKind::kBatchSum;
      i.space_rows = in.rows;
      i.rows = 1;
      i.cols = n.shape.elements();
    } else {
      i.role = Role::kGeneral;
    }
  }

  void describe_move(int id) {
    const Node& n = node(id);
    NodeInfo& i = info(id);
    const NodeInfo& in = info(n.inputs[0]);
    const auto become_view = [&](int64_t offset) {
      i.role = Role::kView;
      i.root = in.root;
      i.offset = in.offset + offset;
    };
    const int last = n.shape.rank() - 1;
    if (n.op == &kReshape || n.op == &kStopGradient) {
      become_view(0);
      if (n.op == &kStopGradient) i.rows = in.rows, i.cols = in.cols;
      return;
    }
    if (n.op == &kBroadcastTo) {
      i.role = n.dtype == DType::kF32 ? Role::kTile : Role::kGeneral;
      return;
    }
    if (n.op == &kTranspose || n.dtype != DType::kF32) return;
    const int axis = static_cast<int>(n.attributes.integers[0]);
    if (n.op == &kSlice && n.attributes.integers[3] == 1) {
      const std::vector<int64_t> strides = node(n.inputs[0]).shape.strides();
      int64_t before = 1;
      for (int a = 0; a < axis; ++a) before *= n.shape[a];
      const bool source = info(in.root).role == Role::kSource;
      if (before == 1 && (axis < last || source || n.shape.rank() == 1)) {
        return become_view(n.attributes.integers[1] * strides[static_cast<size_t>(axis)]);
      }
    }
    if (axis == last && n.shape.rank() >= 2) {
      i.role = Role::kTile;
      i.tile = TileKind::kMoveCols;
    }
  }

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
