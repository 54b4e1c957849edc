// General kernels: the operations that fit no tile program, one plain f32 loop each: moves along leading axes,
// reductions over odd axes, indexed operations, products of stacks of matrices.
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo::cpu {

struct GeneralKernel {
  Node node;
  std::vector<const void*> src;
  std::vector<Shape> shapes;  // of src
  std::vector<DType> dtypes;  // of src
  void* dst = nullptr;
};

// How many independent parts the kernel falls into; run_general() computes one of them, in `general_scratch` floats of
// the thread's scratch.
int64_t general_parts(const GeneralKernel& kernel);
int64_t general_scratch(const GeneralKernel& kernel);
double general_multiply_adds(const GeneralKernel& kernel);  // of all parts
void run_general(const GeneralKernel& kernel, int64_t part, float* scratch);

}  // namespace elbo::cpu
