#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/thin_product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/thin_product.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

constexpr int64_t kRows = 4;  // at a time: each loaded value of b is used as often

// kRowCount rows from `row` on, all kCols columns.
template <int64_t kRowCount, int64_t kCols>
HWY_INLINE void thin_rows(const ThinProduct& p, int64_t row) {
  const hn::ScalableTag<float> d;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d));
  hn::Vec<decltype(d)> sums[kRowCount][kCols];
  for (auto& of_row : sums) {
    for (auto& sum : of_row) sum = hn::Zero(d);
  }
  const auto add = [&](int64_t k, auto load) HWY_ATTR {
    hn::Vec<decltype(d)> right[kCols];
    for (int64_t c = 0; c < kCols; ++c) right[c] = load(p.b + c * p.b_stride + k);
    for (int64_t r = 0; r < kRowCount; ++r) {
      const auto left = load(p.a + (row + r) * p.a_stride + k);
      for (int64_t c = 0; c < kCols; ++c) sums[r][c] = hn::MulAdd(left, right[c], sums[r][c]);
    }
  };
  int64_t k = 0;
  for (; k + lanes <= p.depth; k += lanes) add(k, [&](const float* from) HWY_ATTR { return hn::LoadU(d, from); });
  if (k < p.depth) {
    const auto rest = hn::FirstN(d, static_cast<size_t>(p.depth - k));
    add(k, [&](const float* from) HWY_ATTR { return hn::MaskedLoad(rest, d, from); });
  }
  for (int64_t r = 0; r < kRowCount; ++r) {
    for (int64_t c = 0; c < kCols; ++c) {
      p.c[(row + r) * p.c_stride + c] = hn::GetLane(hn::SumOfLanes(d, sums[r][c]));
    }
  }
}

template <int64_t kCols>
void thin(const ThinProduct& p) {
  int64_t row = 0;
  for (; row + kRows <= p.rows; row += kRows) thin_rows<kRows, kCols>(p, row);
  for (; row < p.rows; ++row) thin_rows<1, kCols>(p, row);
}

void thin_product(const ThinProduct& p) {
  switch (p.cols) {
    case 1:
      return thin<1>(p);
    case 2:
      return thin<2>(p);
    case 3:
      return thin<3>(p);
    default:
      return thin<4>(p);
  }
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(thin_product);

void multiply_thin(const ThinProduct& product) {
  HWY_DYNAMIC_DISPATCH(thin_product)(product);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
