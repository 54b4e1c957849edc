// Products with a few columns, such as the outputs of a coupling in two dimensions: a general product packs its factors
// for more than it then computes.
#pragma once

#include <cstdint>

namespace elbo::cpu {

constexpr int64_t kMostThinCols = 4;

// c = a bᵀ: a [rows, depth], b [cols, depth], c [rows, cols], with cols at most kMostThinCols; consecutive values along
// a row, rows `stride` apart.
struct ThinProduct {
  int64_t rows = 0, cols = 0, depth = 0;
  const float* a = nullptr;
  int64_t a_stride = 0;
  const float* b = nullptr;
  int64_t b_stride = 0;
  float* c = nullptr;
  int64_t c_stride = 0;
};
void multiply_thin(const ThinProduct& product);

}  // namespace elbo::cpu
