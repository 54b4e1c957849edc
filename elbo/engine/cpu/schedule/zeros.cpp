#include "elbo/engine/cpu/schedule/zeros.h"

#include <algorithm>

#include "elbo/engine/cpu/kernels/product_of.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

constexpr int64_t kStripRows = 128;  // of a masked result, about as many as its blocks have
constexpr int64_t kStripCols = 2 * kProductPanelCols;
constexpr double kLeastPiece = 1 << 18;  // multiply-adds on average: below, calls cost more than they spare
constexpr double kLargestShare = 0.85;   // of the whole product that the pieces may have

// The constant matrix that `id` is an element-wise product with, or nullptr.
const Array* mask_of(const Graph& graph, int id) {
  const Node& node = graph.node(id);
  if (node.op != &kMul) return nullptr;
  for (const int input : node.inputs) {
    const Node& factor = graph.node(input);
    if (factor.op == &kConstant && factor.attributes.value != nullptr && factor.shape == node.shape &&
        factor.dtype == DType::kF32 && factor.shape.rank() == 2) {
      return factor.attributes.value.get();
    }
  }
  return nullptr;
}

struct Range {
  int64_t first = 0, count = 0;
};

// From the first to the last of `extent` places where `zero` does not hold.
template <typename Zero>
Range without_zeros(int64_t extent, const Zero& zero) {
  int64_t first = 0, last = extent;
  while (first < last && zero(first)) ++first;
  while (last > first && zero(last - 1)) --last;
  return {first, last - first};
}

// Whether a line of the mask, a row or a column, is zero between two places across it.
bool is_zero(const Array& mask, bool row, int64_t line, int64_t from, int64_t to) {
  const auto values = mask.values<float>();
  const int64_t cols = mask.shape()[1];
  for (int64_t i = from; i < to; ++i) {
    if (values[static_cast<size_t>(row ? line * cols + i : i * cols + line)] != 0.0f) return false;
  }
  return true;
}

std::vector<ProductBlock> worth_it(const Product& p, std::vector<ProductBlock> pieces) {
  double left = 0;
  for (const ProductBlock& piece : pieces) left += static_cast<double>(piece.rows * piece.cols * piece.depth);
  const bool large = left >= kLeastPiece * static_cast<double>(pieces.size());
  if (!large || left > kLargestShare * static_cast<double>(p.m * p.n * p.k)) pieces.clear();
  return pieces;
}

}  // namespace

std::vector<ProductBlock> product_pieces(const Graph& graph, const Schedule& schedule, int id, int reader) {
  const Product p = product_of(graph, id);
  std::vector<ProductBlock> pieces;
  const int weights = graph.node(id).inputs[1];
  const NodeInfo& view = schedule.nodes[static_cast<size_t>(weights)];
  if (const Array* mask = view.root == weights ? mask_of(graph, weights) : nullptr) {
    for (int64_t col = 0; col < p.n; col += kStripCols) {
      const int64_t cols = std::min(kStripCols, p.n - col);
      const Range depth =
          without_zeros(p.k, [&](int64_t k) { return is_zero(*mask, !p.transpose_b, k, col, col + cols); });
      pieces.push_back({.row = 0, .rows = p.m, .col = col, .cols = cols, .first = depth.first, .depth = depth.count});
    }
    return worth_it(p, std::move(pieces));
  }
  if (const Array* mask = reader >= 0 ? mask_of(graph, reader) : nullptr) {
    for (int64_t row = 0; row < p.m; row += kStripRows) {
      const int64_t rows = std::min(kStripRows, p.m - row);
      const Range cols = without_zeros(p.n, [&](int64_t col) { return is_zero(*mask, false, col, row, row + rows); });
      pieces.push_back({.row = row, .rows = rows, .col = cols.first, .cols = cols.count, .first = 0, .depth = p.k});
    }
    return worth_it(p, std::move(pieces));
  }
  return pieces;
}

}  // namespace elbo::cpu
