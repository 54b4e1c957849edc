// What log-densities of several families are made of.
#pragma once

#include <cmath>
#include <cstdint>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"

namespace elbo::prob {

// ½ log 2π for each dimension.
inline double half_log_two_pi(int64_t dim) {
  return 0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(dim);
}

inline Tensor sum_dims(Tensor terms) {
  return sum(terms, {.axes = {-1}});
}

// [rows, dim] of a tensor that broadcasts to it.
inline Tensor full_rows(Tensor x, int64_t rows, int64_t dim) {
  const Tensor spread = spread_rows(x, rows);
  return spread.shape() == Shape{rows, dim} ? spread : broadcast_to(spread, {rows, dim});
}

}  // namespace elbo::prob
