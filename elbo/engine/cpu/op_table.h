// How the CPU runs each operation: one row an operation, all of them in op_table.cpp.
//
//   on_cpu(kTanh).describe(...)      // what a node is to the schedule: one operation is several things by its shapes
//   on_cpu(kTanh).emit(...)          // makes its instructions, where it is part of a fused kernel
//   on_cpu(kGather).general          // its kernel of its own, where it is not
//
// Tables of what is made of it come before what makes it: so this header names classes of the schedule and of the
// lowering that stand behind it, and the rows stand behind those.
#pragma once

#include <span>
#include <string_view>

#include "elbo/engine/cpu/kernels/general_kernels.h"
#include "elbo/engine/cpu/kernels/row_kernels.h"
#include "elbo/engine/op.h"

namespace elbo::cpu {

struct Describing;  // schedule/describe.h
struct NodeInfo;    // schedule/schedule.h
class Lowering;     // lower/lowering.h

struct OpOnCpu {
  const OpDef* op = nullptr;
  void (*describe)(const Describing& describing, NodeInfo& info) = nullptr;
  void (*emit)(Lowering& lowering, int id) = nullptr;  // null: never an instruction
  const GeneralRoutine* general = nullptr;             // null: never a kernel of its own
  std::string_view kernel = {};                        // the name in tile_kernels.h, of element-wise operations
  bool cheap = false;  // takes about as long as reading its operands from the cache: recomputed rather than kept
  RowKernel (*row_kernel)(const Attributes& attributes) = nullptr;  // of OpKind::kRows
};

// The row of an operation.  Throws std::logic_error when there is none.
const OpOnCpu& on_cpu(const OpDef& op);
std::span<const OpOnCpu> all_on_cpu();

}  // namespace elbo::cpu
