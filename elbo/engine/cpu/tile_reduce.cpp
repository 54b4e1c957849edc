#include "elbo/engine/cpu/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/tile_reduce.cpp"
#include <algorithm>
#include <limits>
#include <string_view>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/tile_kernels.h"
#include "elbo/engine/cpu/tile_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

// A reduction starts at kIdentity, takes one vector of each source into an accumulator with fold, and brings two
// accumulators together with join.
struct Sum {
  static constexpr int kSources = 1;
  static constexpr float kIdentity = 0.0f;
  static HWY_INLINE FloatVec fold(FloatVec acc, const FloatVec* x) { return hn::Add(acc, x[0]); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Dot {
  static constexpr int kSources = 2;
  static constexpr float kIdentity = 0.0f;
  static HWY_INLINE FloatVec fold(FloatVec acc, const FloatVec* x) { return hn::MulAdd(x[0], x[1], acc); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Max {
  static constexpr int kSources = 1;
  static constexpr float kIdentity = -std::numeric_limits<float>::infinity();
  static HWY_INLINE FloatVec fold(FloatVec acc, const FloatVec* x) { return join(acc, x[0]); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {  // NaN in either gives NaN
    return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::Ne(a, a)), a, b);
  }
};

// Four vectors to their four lane-wise reductions.  All four go through the same tree, so the result of a row does
// not depend on which rows share its block.
#if HWY_TARGET == HWY_SCALAR
template <class Op>
HWY_INLINE void reduce_lanes(const FloatVec* rows, float* results) {
  for (int r = 0; r < 4; ++r) results[r] = hn::GetLane(rows[r]);
}
#else
template <class Op, class D, class V>
HWY_INLINE void store_joined_blocks(D d, V v, float* results) {
  if constexpr (hn::MaxLanes(D()) == 4) {
    hn::StoreU(v, d, results);
  } else {
    const hn::Half<D> dh;
    store_joined_blocks<Op>(dh, Op::join(hn::LowerHalf(dh, v), hn::UpperHalf(dh, v)), results);
  }
}
template <class Op>
HWY_INLINE void reduce_lanes(const FloatVec* rows, float* results) {
  const Floats d;
  const hn::Repartition<double, Floats> dd;
  // In each block of 128 bits: a0a2 b0b2 a1a3 b1b3, then a b c d.
  const FloatVec ab = Op::join(hn::InterleaveLower(d, rows[0], rows[1]), hn::InterleaveUpper(d, rows[0], rows[1]));
  const FloatVec cd = Op::join(hn::InterleaveLower(d, rows[2], rows[3]), hn::InterleaveUpper(d, rows[2], rows[3]));
  const auto low = hn::InterleaveLower(dd, hn::BitCast(dd, ab), hn::BitCast(dd, cd));
  const auto high = hn::InterleaveUpper(dd, hn::BitCast(dd, ab), hn::BitCast(dd, cd));
  store_joined_blocks<Op>(d, Op::join(hn::BitCast(d, low), hn::BitCast(d, high)), results);
}
#endif

// The reductions of kRows rows (1 or 4) into results[0 .. kRows): two accumulators a row, in a fixed order.
template <class Op, int kRows>
HWY_INLINE void reduce_rows(const RowSource (*src)[Op::kSources], size_t inner, const Partial& tail, float* results) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  FloatVec even[kRows], odd[kRows];
  for (int r = 0; r < kRows; ++r) even[r] = odd[r] = hn::Set(d, Op::kIdentity);
  FloatVec x[Op::kSources];
  size_t i = 0;
  for (; i + 2 * lanes <= inner; i += 2 * lanes) {
    for (int r = 0; r < kRows; ++r) {
      for (int k = 0; k < Op::kSources; ++k) x[k] = hn::LoadU(d, src[r][k].row + i * src[r][k].step);
      even[r] = Op::fold(even[r], x);
      for (int k = 0; k < Op::kSources; ++k) x[k] = hn::LoadU(d, src[r][k].row + (i + lanes) * src[r][k].step);
      odd[r] = Op::fold(odd[r], x);
    }
  }
  if (i + lanes <= inner) {
    for (int r = 0; r < kRows; ++r) {
      for (int k = 0; k < Op::kSources; ++k) x[k] = hn::LoadU(d, src[r][k].row + i * src[r][k].step);
      even[r] = Op::fold(even[r], x);
    }
    i += lanes;
  }
  if (tail.count() != 0) {
    for (int r = 0; r < kRows; ++r) {
      for (int k = 0; k < Op::kSources; ++k) x[k] = tail.load(src[r][k].row + i * src[r][k].step);
      odd[r] = tail.choose(Op::fold(odd[r], x), odd[r]);
    }
  }
  FloatVec rows[4];
  for (int r = 0; r < 4; ++r) {
    const int given = std::min(r, kRows - 1);
    rows[r] = Op::join(even[given], odd[given]);
  }
  reduce_lanes<Op>(rows, results);
}

template <class Op>
void reduce_inner(const TileArgs& args) {
  const size_t inner = static_cast<size_t>(std::max<int64_t>(args.inner, 0));
  const Partial tail(inner % hn::Lanes(Floats()));
  RowReader readers[4][Op::kSources];
  RowSource src[4][Op::kSources];
  for (int r = 0; r < 4; ++r) {
    for (int k = 0; k < Op::kSources; ++k) readers[r][k].start(args.src[static_cast<size_t>(k)]);
  }
  float results[4];
  int64_t outer = 0;
  for (; outer + 4 <= args.outer && inner != 0; outer += 4) {
    for (int r = 0; r < 4; ++r) {
      for (int k = 0; k < Op::kSources; ++k) src[r][k] = readers[r][k].at(outer + r);
    }
    float* dst = args.dst + outer * args.dst_stride;
    if (args.dst_stride == 1) {
      reduce_rows<Op, 4>(src, inner, tail, dst);
    } else {
      reduce_rows<Op, 4>(src, inner, tail, results);
      for (int r = 0; r < 4; ++r) dst[r * args.dst_stride] = results[r];
    }
  }
  for (; outer < args.outer; ++outer) {
    if (inner == 0) {
      args.dst[outer * args.dst_stride] = Op::kIdentity;
      continue;
    }
    for (int k = 0; k < Op::kSources; ++k) src[0][k] = readers[0][k].at(outer);
    reduce_rows<Op, 1>(src, inner, tail, results);
    args.dst[outer * args.dst_stride] = results[0];
  }
}

// kVectors vectors of columns from column i on, down all rows; even and odd rows are accumulated apart.
template <class Op, int kVectors, class Load>
HWY_INLINE void reduce_columns(const TileArgs& args, size_t i, const Load& load, FloatVec* totals) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  FloatVec even[kVectors], odd[kVectors];
  for (int v = 0; v < kVectors; ++v) even[v] = odd[v] = hn::Set(d, Op::kIdentity);
  for (int64_t outer = 0; outer < args.outer; ++outer) {
    const float* rows[Op::kSources];
    FloatVec spread[Op::kSources];
    for (int k = 0; k < Op::kSources; ++k) {
      const TileOperand& src = args.src[static_cast<size_t>(k)];
      rows[k] = src.data + outer * src.stride;
      spread[k] = src.inner_scalar ? hn::Set(d, *rows[k]) : hn::Zero(d);
    }
    FloatVec* acc = outer % 2 == 0 ? even : odd;
    for (int v = 0; v < kVectors; ++v) {
      FloatVec x[Op::kSources];
      for (int k = 0; k < Op::kSources; ++k) {
        const size_t at = i + static_cast<size_t>(v) * lanes;
        x[k] = args.src[static_cast<size_t>(k)].inner_scalar ? spread[k] : load.at(rows[k] + at);
      }
      acc[v] = Op::fold(acc[v], x);
    }
  }
  for (int v = 0; v < kVectors; ++v) totals[v] = Op::join(even[v], odd[v]);
}

struct WholeLoad {
  HWY_INLINE FloatVec at(const float* p) const { return hn::LoadU(Floats(), p); }
};
struct PartialLoad {
  const Partial& tail;
  HWY_INLINE FloatVec at(const float* p) const { return tail.load(p); }
};

template <class Op>
void reduce_outer(const TileArgs& args) {
  // One column without gaps is a row.
  const bool column = args.inner == 1 && args.outer > 1;
  if (column && std::all_of(args.src.begin(), args.src.begin() + Op::kSources,
                            [](const TileOperand& src) { return src.stride == 0 || src.stride == 1; })) {
    TileArgs row = args;
    row.inner = args.outer;
    row.outer = 1;
    for (TileOperand& src : row.src) src.inner_scalar = src.stride == 0;
    return reduce_inner<Op>(row);
  }
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const size_t inner = static_cast<size_t>(std::max<int64_t>(args.inner, 0));
  FloatVec totals[4];
  size_t i = 0;
  for (; i + 4 * lanes <= inner; i += 4 * lanes) {
    reduce_columns<Op, 4>(args, i, WholeLoad{}, totals);
    for (size_t v = 0; v < 4; ++v) hn::StoreU(totals[v], d, args.dst + i + v * lanes);
  }
  for (; i + lanes <= inner; i += lanes) {
    reduce_columns<Op, 1>(args, i, WholeLoad{}, totals);
    hn::StoreU(totals[0], d, args.dst + i);
  }
  if (i < inner) {
    const Partial tail(inner - i);
    reduce_columns<Op, 1>(args, i, PartialLoad{tail}, totals);
    tail.store(totals[0], args.dst + i);
  }
}

TileKernel find_reduction(std::string_view name) {
  if (name == "sum_inner") return reduce_inner<Sum>;
  if (name == "max_inner") return reduce_inner<Max>;
  if (name == "dot_inner") return reduce_inner<Dot>;
  if (name == "sum_outer") return reduce_outer<Sum>;
  if (name == "max_outer") return reduce_outer<Max>;
  if (name == "dot_outer") return reduce_outer<Dot>;
  return nullptr;
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(find_reduction);
TileKernel reduction_kernel(std::string_view name) {
  return HWY_DYNAMIC_DISPATCH(find_reduction)(name);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
