// RowMap: how the rows of an operand follow from the row of the result.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace elbo::cpu {

struct RowMap {
  enum class Kind : uint8_t { kSame, kInvariant, kMixed };
  Kind kind = Kind::kSame;
  std::vector<std::pair<int64_t, int64_t>> radix;  // kMixed: (extent, rows to step), innermost first

  int64_t operator()(int64_t row) const {
    if (kind == Kind::kSame) return row;
    int64_t result = 0;
    for (const auto& [extent, step] : radix) {
      result += row % extent * step;
      row /= extent;
    }
    return result;
  }
};

}  // namespace elbo::cpu
