#include "elbo/flows/triangular.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

struct Block {
  int64_t row = 0, rows = 0, col = 0, cols = 0;
};

Tensor block(Tensor x, const Block& b) {
  return slice(slice(x, {.axis = 0, .start = b.row, .stop = b.row + b.rows}),
               {.axis = 1, .start = b.col, .stop = b.col + b.cols});
}

}  // namespace

Tensor inverse_of_lower(Tensor lower) {
  const int64_t n = lower.shape()[0], half = n / 2, rest = n - half;
  if (n == 1) return reciprocal(lower);
  const Tensor a = inverse_of_lower(block(lower, {.rows = half, .cols = half}));
  const Tensor b = inverse_of_lower(block(lower, {.row = half, .rows = rest, .col = half, .cols = rest}));
  const Tensor c = block(lower, {.row = half, .rows = rest, .cols = half});
  const Tensor corner = -matmul(b, matmul(c, a));
  return concat({concat({a, zeros(lower.graph(), {half, rest})}, 1), concat({corner, b}, 1)}, 0);
}

Tensor below_diagonal(Graph& graph, int64_t n) {
  Array mask(DType::kF32, {n, n});
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = 0; j < i; ++j) mask.values<float>()[static_cast<size_t>(i * n + j)] = 1;
  }
  return graph.constant(std::move(mask));
}

Tensor identity_matrix(Graph& graph, int64_t n) {
  Array mask(DType::kF32, {n, n});
  for (int64_t i = 0; i < n; ++i) mask.values<float>()[static_cast<size_t>(i * n + i)] = 1;
  return graph.constant(std::move(mask));
}

}  // namespace elbo::flows
