// Schedule: which nodes become one kernel, and in which order the kernels run.
//
// Every node is seen as rows x cols.  Most of what is computed here treats rows independently, so a node whose input
// has the same rows can join the kernel that makes the input; products of matrices can start a kernel; sums over the
// batch can end one.  Each node gets a stage: that of its inputs if it can join them, one more if it must wait for
// the whole input.  Connected nodes of one stage form a component, and components depend only on lower stages: no
// cycle can arise.  All components of a stage may run at the same time; a barrier separates stages.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "elbo/engine/cpu/kernels/row_map.h"
#include "elbo/engine/graph.h"

namespace elbo::cpu {

enum class Role : uint8_t {
  kSource,   // memory that exists before the step: inputs, variables, constants
  kView,     // the memory of another node under another shape
  kTile,     // an instruction of a tile program
  kMatmul,   // a product of two matrices
  kGeneral,  // a kernel of its own, see general_kernels.h
};

enum class TileKind : uint8_t {
  kElementwise,
  kRowReduce,  // over the last axis
  kBatchSum,   // over the rows, or over everything: ends a kernel
  kMoveCols,   // slice, pad, concat, reverse along the last axis
  kCumsum,     // along the last axis
  kRows,       // each row out of the same rows, by a kernel of row_kernels.h
  kConvert,    // u8 or i32 to f32
  kRandom,
};

struct NodeInfo {
  Role role = Role::kGeneral;
  TileKind tile = TileKind::kElementwise;
  int64_t rows = 1;  // of the result
  int64_t cols = 1;
  int64_t space_rows = 1;  // rows of the kernel it belongs to (those of the input of a batch sum)
  int root = -1;           // the node whose memory this one names (itself unless a view)
  int64_t offset = 0;      // elements into the root's memory
  int stage = -1;
  int component = -1;
  bool materialized = false;  // needs memory beyond its kernel
  bool turned = false;        // lies turned in it, see layout.h
};

struct Component {
  int stage = 0;
  std::vector<int> nodes;  // ascending
  int chain = -1;          // see chains.h; -1: none
  int64_t block_rows = 0;  // rows of its blocks; 0: as it likes
};

struct Schedule {
  std::vector<NodeInfo> nodes;
  std::vector<Component> components;  // ascending by stage
  int stages = 0;
  // Updates whose value cannot be written in place because a reader of the variable runs no earlier: copied at the end.
  std::vector<bool> deferred_updates;
};

struct ScheduleOptions {
  bool fuse = true;
  int guard = -1;  // a node that must be known before any update is applied
};

Schedule make_schedule(const Graph& graph, const ScheduleOptions& options);

// How input `slot` of an element-wise node maps its rows, from the two shapes and the result's rows and cols.
RowMap row_map(const Shape& operand, const Shape& result, const NodeInfo& info);

// Columns of an operand of an element-wise node: 1 where it is broadcast along the row.
int64_t operand_cols(const Shape& operand, const Shape& result, const NodeInfo& info);

}  // namespace elbo::cpu
