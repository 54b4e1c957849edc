#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_transpose.cpp"
#include <algorithm>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline void transpose_plain(const TransposeArgs& args, int64_t row_begin, int64_t row_end, int64_t col_begin) {
  for (int64_t j = col_begin; j < args.cols; ++j) {
    for (int64_t i = row_begin; i < row_end; ++i) {
      args.dst[j * args.dst_stride + i] = args.src[i * args.src_stride + j];
    }
  }
}

#if HWY_TARGET == HWY_SCALAR
void transpose_tile(const TransposeArgs& args) {
  transpose_plain(args, 0, args.rows, 0);
}
#else

// A vector of blocks of four floats, block b from row 4 b: what a transposition needs of a 4 x 4 block to each block.
template <class D>
HWY_INLINE hn::Vec<D> load_blocks(D d, const float* src, int64_t stride) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    return hn::LoadU(d, src);
  } else {
    const hn::Half<D> dh;
    const int64_t half_rows = static_cast<int64_t>(hn::MaxLanes(dh));
    return hn::Combine(d, load_blocks(dh, src + half_rows * stride, stride), load_blocks(dh, src, stride));
  }
}

// As many rows as a vector has lanes, four columns: eight shuffles of the register, whatever its width.
template <class D>
HWY_INLINE void transpose_block(D d, const float* src, int64_t src_stride, float* dst, int64_t dst_stride) {
  const hn::Repartition<double, D> dd;
  const auto a = load_blocks(d, src, src_stride);
  const auto b = load_blocks(d, src + src_stride, src_stride);
  const auto c = load_blocks(d, src + 2 * src_stride, src_stride);
  const auto e = load_blocks(d, src + 3 * src_stride, src_stride);
  const auto ab_low = hn::BitCast(dd, hn::InterleaveLower(d, a, b));  // a0 b0 a1 b1
  const auto ce_low = hn::BitCast(dd, hn::InterleaveLower(d, c, e));
  const auto ab_high = hn::BitCast(dd, hn::InterleaveUpper(d, a, b));
  const auto ce_high = hn::BitCast(dd, hn::InterleaveUpper(d, c, e));
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, ab_low, ce_low)), d, dst);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, ab_low, ce_low)), d, dst + dst_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveLower(dd, ab_high, ce_high)), d, dst + 2 * dst_stride);
  hn::StoreU(hn::BitCast(d, hn::InterleaveUpper(dd, ab_high, ce_high)), d, dst + 3 * dst_stride);
}

// As many rows as a vector has lanes, from `row` on.  Columns that are no whole block are covered by one that overlaps
// the last, which writes the same values again.
template <class D>
HWY_INLINE void transpose_group(D d, const TransposeArgs& args, int64_t row) {
  const float* src = args.src + row * args.src_stride;
  float* dst = args.dst + row;
  if (args.cols < 4) return transpose_plain(args, row, row + static_cast<int64_t>(hn::MaxLanes(d)), 0);
  for (int64_t j = 0; j < args.cols; j += 4) {
    const int64_t col = std::min(j, args.cols - 4);
    transpose_block(d, src + col, args.src_stride, dst + col * args.dst_stride, args.dst_stride);
  }
}

// Rows in the widest groups that fit, from `row` on; so are those of the last group covered.  Returns the first row
// left over.
template <class D>
HWY_INLINE int64_t transpose_rows(D d, const TransposeArgs& args, int64_t row) {
  const int64_t lanes = static_cast<int64_t>(hn::MaxLanes(d));
  for (; row + lanes <= args.rows; row += lanes) transpose_group(d, args, row);
  if constexpr (hn::MaxLanes(D()) > 4) return transpose_rows(hn::Half<D>(), args, row);
  if (row == args.rows || args.rows < lanes) return row;
  transpose_group(d, args, args.rows - lanes);
  return args.rows;
}

void transpose_tile(const TransposeArgs& args) {
  const int64_t row = transpose_rows(hn::ScalableTag<float>(), args, 0);
  transpose_plain(args, row, args.rows, 0);
}
#endif  // HWY_SCALAR

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(transpose_tile);
void transpose(const TransposeArgs& args) {
  HWY_DYNAMIC_DISPATCH(transpose_tile)(args);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
