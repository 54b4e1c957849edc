// General kernels: one plain f32 loop each for the operations that fit no tile program: moves along leading axes,
// reductions over odd axes, indexed operations, products of stacks of matrices.  op_table.h says which operation has
// which.
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo::cpu {

struct GeneralKernel;

struct GeneralRoutine {
  // Computes one of the independent parts, of a result that is not empty.
  void (*run)(const GeneralKernel& kernel, int64_t part, float* scratch) = nullptr;
  int64_t (*parts)(const GeneralKernel& kernel) = nullptr;         // null: 1
  int64_t (*scratch)(const GeneralKernel& kernel) = nullptr;       // floats that a part works in; null: none
  double (*multiply_adds)(const GeneralKernel& kernel) = nullptr;  // of all parts; null: none
};

struct GeneralKernel {
  const GeneralRoutine* routine = nullptr;  // null: for results that are always empty
  Node node;
  std::vector<const void*> src;
  std::vector<Shape> shapes;  // of src
  void* dst = nullptr;
};

inline int64_t general_parts(const GeneralKernel& k) {
  return k.routine != nullptr && k.routine->parts != nullptr ? k.routine->parts(k) : 1;
}
inline int64_t general_scratch(const GeneralKernel& k) {
  return k.routine != nullptr && k.routine->scratch != nullptr ? k.routine->scratch(k) : 0;
}
inline double general_multiply_adds(const GeneralKernel& k) {
  return k.routine != nullptr && k.routine->multiply_adds != nullptr ? k.routine->multiply_adds(k) : 0;
}
inline void run_general(const GeneralKernel& k, int64_t part, float* scratch) {
  if (k.node.shape.elements() > 0) k.routine->run(k, part, scratch);
}

// general_move.cpp
extern const GeneralRoutine kGeneralBroadcast, kGeneralTranspose, kGeneralSlice, kGeneralReverse, kGeneralConcat,
    kGeneralPad;
// general_reduce.cpp
extern const GeneralRoutine kGeneralSum, kGeneralMax;
// general_indexed.cpp
extern const GeneralRoutine kGeneralGather, kGeneralScatterAdd, kGeneralCumsum, kGeneralOneHot, kGeneralDrawCount;
// general_product.cpp
extern const GeneralRoutine kGeneralMatmul, kGeneralPartialProducts;

}  // namespace elbo::cpu
