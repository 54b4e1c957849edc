#include "elbo/flows/columns.h"

#include <algorithm>
#include <numeric>

#include "elbo/engine/ops.h"
#include "elbo/nn/initializer.h"

namespace elbo::flows {

namespace {

// More runs of neighbouring columns than this are gathered in one piece instead of sliced and joined, which a fused
// kernel does for nothing.
constexpr size_t kMostRuns = 64;

struct Run {
  int64_t start = 0, stop = 0;
};

std::vector<Run> runs_of(const std::vector<int64_t>& order) {
  std::vector<Run> runs;
  for (const int64_t column : order) {
    if (!runs.empty() && runs.back().stop == column) {
      ++runs.back().stop;
    } else {
      runs.push_back({column, column + 1});
    }
  }
  return runs;
}

}  // namespace

Tensor columns(Tensor x, int64_t start, int64_t stop) {
  if (start == 0 && stop == x.shape().last(0)) return x;
  return slice(x, {.axis = -1, .start = start, .stop = stop});
}

Tensor permute_columns(Tensor x, const std::vector<int64_t>& order) {
  const auto dim = static_cast<int64_t>(order.size());
  const std::vector<Run> runs = runs_of(order);
  if (runs.size() == 1) return x;
  if (order == reversed_columns(dim)) return reverse(x, -1);
  if (runs.size() <= kMostRuns) {
    Tensors parts;
    for (const Run& run : runs) parts.push_back(columns(x, run.start, run.stop));
    return concat(parts, -1);
  }
  const std::vector<int32_t> indices(order.begin(), order.end());
  return gather(x, x.graph().constant(Array::of<int32_t>({dim}, indices)), 1);
}

std::vector<int64_t> reversed_columns(int64_t dim) {
  std::vector<int64_t> order(static_cast<size_t>(dim));
  std::iota(order.rbegin(), order.rend(), 0);
  return order;
}

std::vector<int64_t> even_then_odd_columns(int64_t dim) {
  std::vector<int64_t> order;
  for (const int64_t first : {0, 1}) {
    for (int64_t column = first; column < dim; column += 2) order.push_back(column);
  }
  return order;
}

std::vector<int64_t> shuffled_columns(int64_t dim, std::string_view name) {
  std::vector<double> keys(static_cast<size_t>(dim));
  nn::InitialDraws(0, name).fill_uniform(keys);
  std::vector<int64_t> order(static_cast<size_t>(dim));
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](int64_t a, int64_t b) { return keys[static_cast<size_t>(a)] < keys[static_cast<size_t>(b)]; });
  return order;
}

std::vector<int64_t> inverse_order(const std::vector<int64_t>& order) {
  std::vector<int64_t> inverse(order.size());
  for (size_t i = 0; i < order.size(); ++i) inverse[static_cast<size_t>(order[i])] = static_cast<int64_t>(i);
  return inverse;
}

}  // namespace elbo::flows
