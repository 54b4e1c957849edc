// Kernels of the operations that make each row of a result out of the same row of their inputs (OpKind::kRows), a
// vector of rows at a time.
#pragma once

#include <array>
#include <cstdint>

#include "elbo/engine/graph.h"

namespace elbo::cpu {

constexpr int64_t kMostLanes = 16;  // floats of the widest vector that the kernels are built for

// Columns of a turned tile: row r of column c at data[c * stride + r].
struct RowValues {
  float* data = nullptr;
  int64_t stride = 0;
};

struct RowArgs {
  RowValues dst;
  std::array<RowValues, 3> src{};  // read only
  int64_t rows = 0;
  const Attributes* attributes = nullptr;
  float* scratch = nullptr;  // as much as the kernel asked for
};

struct RowKernel {
  void (*run)(const RowArgs&) = nullptr;
  int64_t scratch_floats = 0;
};

// tile_rational_quadratic.cpp
RowKernel rational_quadratic_kernel(const Attributes& attributes);
RowKernel rational_quadratic_gradient_kernel(const Attributes& attributes);

}  // namespace elbo::cpu
