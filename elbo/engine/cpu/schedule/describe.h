// What a node is to the schedule: its role, and how it is seen as rows and columns.
//
// Each operation has one of the functions below, by op_table.cpp.  It fills in role, tile kind, root and offset, and
// rows and cols where they are not those of the shape. Role::kGeneral, which stands there before, is left where nothing
// better fits.
#pragma once

#include <vector>

#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

// Fills in what is known of node `id` before stages are given: what its operation says, and what holds for all.
void describe(const Graph& graph, int id, bool fuse, std::vector<NodeInfo>& nodes);

struct Describing {
  const Graph& graph;
  const std::vector<NodeInfo>& nodes;  // those of the inputs are described
  const Node& node;

  const NodeInfo& input(size_t slot) const { return nodes[static_cast<size_t>(node.inputs[slot])]; }
  const NodeInfo& root_of(size_t slot) const { return nodes[static_cast<size_t>(input(slot).root)]; }
  const Shape& shape_of(size_t slot) const { return graph.node(node.inputs[slot]).shape; }
};

void describe_source(const Describing& d, NodeInfo& info);
void describe_random(const Describing& d, NodeInfo& info);
void describe_elementwise(const Describing& d, NodeInfo& info);
void describe_sum(const Describing& d, NodeInfo& info);
void describe_max(const Describing& d, NodeInfo& info);
void describe_matmul(const Describing& d, NodeInfo& info);
void describe_rows(const Describing& d, NodeInfo& info);

// Moves.
void describe_reshape(const Describing& d, NodeInfo& info);
void describe_stop_gradient(const Describing& d, NodeInfo& info);
void describe_broadcast(const Describing& d, NodeInfo& info);
void describe_slice(const Describing& d, NodeInfo& info);
void describe_move(const Describing& d, NodeInfo& info);  // along one axis: concat, pad, reverse

void describe_cumsum(const Describing& d, NodeInfo& info);
void describe_to_real(const Describing& d, NodeInfo& info);
void describe_general(const Describing& d, NodeInfo& info);  // always a kernel of its own

}  // namespace elbo::cpu
