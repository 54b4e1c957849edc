#include "elbo/engine/cpu/schedule/describe.h"

#include "elbo/engine/cpu/op_table.h"

namespace elbo::cpu {

namespace {

int64_t leading(const Shape& shape) {
  int64_t rows = 1;
  for (int axis = 0; axis + 1 < shape.rank(); ++axis) rows *= shape[axis];
  return rows;
}

void become_tile(TileKind tile, NodeInfo& info) {
  info.role = Role::kTile;
  info.tile = tile;
}

void become_view(const Describing& d, int64_t offset, NodeInfo& info) {
  info.role = Role::kView;
  info.root = d.input(0).root;
  info.offset = d.input(0).offset + offset;
}

// A tensor [n] is n rows of one where a kernel has made it so, and else one row of n.
bool is_column(const Describing& d, size_t slot) {
  const NodeInfo& in = d.input(slot);
  return in.cols == 1 && in.rows > 1 && in.rows * in.cols == d.node.shape.elements() &&
         d.root_of(slot).role != Role::kSource;
}

void become_column(const Describing& d, NodeInfo& info) {
  info.rows = d.node.shape.elements();
  info.cols = 1;
}

// Over the last axis, or over all rows where `adds`; anything else is left to a kernel of its own.
void describe_reduce(const Describing& d, bool adds, NodeInfo& info) {
  const Node& n = d.node;
  const Shape& from = d.shape_of(0);
  const NodeInfo& in = d.input(0);
  const auto& axes = n.attributes.integers;
  const auto count = static_cast<int>(axes.size());
  const bool all =
      count == from.rank() || (leading(from) == 1 && axes.back() == from.rank() - 1) || n.shape.elements() == 1;
  const bool last_only = count == 1 && axes[0] == from.rank() - 1;
  bool rows_only = !axes.empty() && axes.back() != from.rank() - 1;  // every leading axis that is not 1
  if (rows_only) {
    for (int axis = 0; axis + 1 < from.rank(); ++axis) rows_only = rows_only && n.shape[axis] == 1;
  }
  if (last_only && in.rows == leading(from) && in.cols == from.last(0)) {
    become_tile(TileKind::kRowReduce, info);
    info.rows = in.rows;
    info.cols = 1;
  } else if (adds && (all || rows_only)) {
    become_tile(TileKind::kBatchSum, info);
    info.space_rows = in.rows;
    info.rows = 1;
    info.cols = n.shape.elements();
  }
}

}  // namespace

void describe(const Graph& graph, int id, bool fuse, std::vector<NodeInfo>& nodes) {
  const Node& node = graph.node(id);
  NodeInfo& info = nodes[static_cast<size_t>(id)];
  info.root = id;
  info.rows = leading(node.shape);
  info.cols = node.shape.last(0);
  const OpOnCpu& op = on_cpu(*node.op);
  op.describe({graph, nodes, node}, info);
  if (info.role == Role::kTile && info.tile != TileKind::kBatchSum) info.space_rows = info.rows;
  // Kernels count on at least one element; the general loops do not.
  if (info.role == Role::kTile || info.role == Role::kMatmul) {
    bool empty = node.shape.elements() == 0;
    for (const int input : node.inputs) empty = empty || graph.node(input).shape.elements() == 0;
    if (empty) info.role = Role::kGeneral;
  }
  const bool has_other_kernel = info.tile != TileKind::kElementwise && op.general != nullptr;
  if (!fuse && info.role == Role::kTile && has_other_kernel) info.role = Role::kGeneral;
}

void describe_source(const Describing& /*d*/, NodeInfo& info) {
  info.role = Role::kSource;
}

void describe_random(const Describing& /*d*/, NodeInfo& info) {
  become_tile(TileKind::kRandom, info);
}

void describe_elementwise(const Describing& d, NodeInfo& info) {
  become_tile(TileKind::kElementwise, info);
  if (d.node.shape.rank() != 1) return;
  for (size_t slot = 0; slot < d.node.inputs.size(); ++slot) {
    if (is_column(d, slot)) become_column(d, info);
  }
}

void describe_sum(const Describing& d, NodeInfo& info) {
  describe_reduce(d, true, info);
}

void describe_max(const Describing& d, NodeInfo& info) {
  describe_reduce(d, false, info);
}

void describe_matmul(const Describing& d, NodeInfo& info) {
  if (d.node.shape.rank() == 2) info.role = Role::kMatmul;
}

void describe_rows(const Describing& /*d*/, NodeInfo& info) {
  become_tile(TileKind::kRows, info);
}

void describe_reshape(const Describing& d, NodeInfo& info) {
  become_view(d, 0, info);
  if (d.node.shape.rank() == 1 && is_column(d, 0)) become_column(d, info);
}

void describe_stop_gradient(const Describing& d, NodeInfo& info) {
  become_view(d, 0, info);
  info.rows = d.input(0).rows;
  info.cols = d.input(0).cols;
}

void describe_broadcast(const Describing& d, NodeInfo& info) {
  if (d.node.dtype == DType::kF32) become_tile(TileKind::kElementwise, info);
}

void describe_slice(const Describing& d, NodeInfo& info) {
  const Node& n = d.node;
  const auto& a = n.attributes.integers;
  const int axis = static_cast<int>(a[0]);
  if (n.dtype == DType::kF32 && a[3] == 1) {
    int64_t before = 1;
    for (int i = 0; i < axis; ++i) before *= n.shape[i];
    const bool source = d.root_of(0).role == Role::kSource;
    if (before == 1 && (axis < n.shape.rank() - 1 || source || n.shape.rank() == 1)) {
      return become_view(d, a[1] * d.shape_of(0).strides()[static_cast<size_t>(axis)], info);
    }
  }
  describe_move(d, info);
}

void describe_move(const Describing& d, NodeInfo& info) {
  const Node& n = d.node;
  const bool along_rows = n.shape.rank() >= 2 && n.attributes.integers[0] == n.shape.rank() - 1;
  if (n.dtype == DType::kF32 && along_rows) become_tile(TileKind::kMoveCols, info);
}

void describe_cumsum(const Describing& d, NodeInfo& info) {
  const Node& n = d.node;
  if (n.shape.rank() >= 2 && n.attributes.integers[0] == n.shape.rank() - 1) become_tile(TileKind::kCumsum, info);
}

void describe_to_real(const Describing& /*d*/, NodeInfo& info) {
  become_tile(TileKind::kConvert, info);
}

void describe_general(const Describing& /*d*/, NodeInfo& /*info*/) {}

}  // namespace elbo::cpu
