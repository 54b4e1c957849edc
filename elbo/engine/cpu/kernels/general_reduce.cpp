// Reductions over any axes.
#include <algorithm>
#include <cmath>
#include <limits>

#include "elbo/engine/cpu/kernels/general_internal.h"

namespace elbo::cpu {

namespace {

// Steps through some axes of an array, the last fastest; after the last step it is at the start again.
struct Walk {
  Index extents{}, strides{}, index{};
  size_t axes = 0;
  int64_t count = 1, offset = 0;

  void add(int64_t extent, int64_t stride) {
    extents[axes] = extent;
    strides[axes++] = stride;
    count *= extent;
  }
  void step() {
    for (size_t a = axes; a-- > 0;) {
      offset += strides[a];
      if (++index[a] < extents[a]) return;
      offset -= strides[a] * extents[a];
      index[a] = 0;
    }
  }
};

constexpr int64_t kColumnsAtOnce = 64;

// In double: in f32 the errors of thousands of terms would add up.
template <typename Take>
void reduce(const GeneralKernel& k, double start, Take take) {
  const Shape &from = k.shapes[0], &to = k.node.shape;
  const Index strides = dense_strides(from);
  const int last = from.rank() - 1;
  const bool inner_stays = last >= 0 && to[last] == from[last];
  const int64_t columns = inner_stays ? from[last] : 1, run = inner_stays ? 1 : from.last(0);
  Walk kept, reduced;  // of all axes but the last
  for (int axis = 0; axis < last; ++axis) {
    (to[axis] == from[axis] ? kept : reduced).add(from[axis], strides[static_cast<size_t>(axis)]);
  }
  float* dst = result(k);
  if (from.elements() == 0) {
    std::fill_n(dst, to.elements(), static_cast<float>(start));
    return;
  }
  std::array<double, kColumnsAtOnce> totals{};
  for (int64_t row = 0; row < kept.count; ++row, kept.step()) {
    for (int64_t first = 0; first < columns; first += kColumnsAtOnce) {
      const auto width = static_cast<size_t>(std::min(kColumnsAtOnce, columns - first));
      totals.fill(start);
      for (int64_t term = 0; term < reduced.count; ++term, reduced.step()) {
        const float* src = reals(k, 0) + kept.offset + reduced.offset + first;
        for (size_t i = 0; i < width; ++i) totals[i] = take(totals[i], static_cast<double>(src[i]));
        for (int64_t i = 1; i < run; ++i) totals[0] = take(totals[0], static_cast<double>(src[i]));
      }
      for (size_t i = 0; i < width; ++i) *dst++ = static_cast<float>(totals[i]);
    }
  }
}

void run_sum(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  reduce(k, 0.0, [](double a, double b) { return a + b; });
}

void run_max(const GeneralKernel& k, int64_t /*part*/, float* /*scratch*/) {
  reduce(k, -std::numeric_limits<double>::infinity(),
         [](double a, double b) { return b > a || std::isnan(b) ? b : a; });
}

}  // namespace

const GeneralRoutine kGeneralSum{.run = run_sum};
const GeneralRoutine kGeneralMax{.run = run_max};

}  // namespace elbo::cpu
