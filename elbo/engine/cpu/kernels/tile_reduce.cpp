#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_reduce.cpp"
#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/cpu/kernels/tile_loops-inl.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

// A reduction starts at kIdentity, takes one vector of each source into an accumulator with fold, and brings two
// accumulators together with join.
struct Sum {
  static constexpr int kSources = 1;
  static constexpr float kIdentity = 0.0f;
  static HWY_INLINE FloatVec fold(FloatVec acc, FloatVec x) { return hn::Add(acc, x); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Dot {
  static constexpr int kSources = 2;
  static constexpr float kIdentity = 0.0f;
  static HWY_INLINE FloatVec fold(FloatVec acc, FloatVec x, FloatVec y) { return hn::MulAdd(x, y, acc); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {
    return hn::Add(a, b);
  }
};
struct Max {
  static constexpr int kSources = 1;
  static constexpr float kIdentity = -std::numeric_limits<float>::infinity();
  static HWY_INLINE FloatVec fold(FloatVec acc, FloatVec x) { return join(acc, x); }
  template <class V>
  static HWY_INLINE V join(V a, V b) {  // NaN in either gives NaN
    return hn::IfThenElse(hn::Or(hn::Gt(a, b), hn::IsNaN(a)), a, b);
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

template <size_t... K>
using Indices = std::index_sequence<K...>;

// One row on its way to one value: two accumulators, taken in turn, so that a row's result depends on its length alone.
template <class Op, class Sources>
struct RowReduction;
template <class Op, size_t... K>
struct RowReduction<Op, Indices<K...>> {
  RowSource src[sizeof...(K)];
  FloatVec even = hn::Set(Floats(), Op::kIdentity);
  FloatVec odd = hn::Set(Floats(), Op::kIdentity);

  HWY_INLINE RowReduction(const TileOperand* operands, int64_t outer, float (*spread)[kMaxLanes])
      : src{row_source(operands[K], outer, spread[K])...} {}
  HWY_INLINE void fold_even(size_t i) { even = Op::fold(even, src[K].load(i)...); }
  HWY_INLINE void fold_odd(size_t i) { odd = Op::fold(odd, src[K].load(i)...); }
  HWY_INLINE void fold_tail(size_t i, const Partial& tail) {
    odd = tail.choose(Op::fold(odd, src[K].load(i, tail)...), odd);
  }
  HWY_INLINE FloatVec total() const { return Op::join(even, odd); }
};

// The reductions of the rows outer + R..., side by side, into results[R].
template <class Op, size_t... R>
HWY_INLINE void reduce_rows(const TileArgs& args, int64_t outer, const Partial& tail, float* results,
                            Indices<R...> /*rows*/) {
  using Reduction = RowReduction<Op, std::make_index_sequence<Op::kSources>>;
  const size_t lanes = hn::Lanes(Floats());
  const size_t inner = static_cast<size_t>(args.inner);
  HWY_ALIGN float spread[sizeof...(R)][Op::kSources][kMaxLanes];
  Reduction rows[] = {Reduction(args.src.data(), outer + static_cast<int64_t>(R), spread[R])...};
  size_t i = 0;
  for (; i + 2 * lanes <= inner; i += 2 * lanes) {
    (rows[R].fold_even(i), ...);
    (rows[R].fold_odd(i + lanes), ...);
  }
  if (i + lanes <= inner) {
    (rows[R].fold_even(i), ...);
    i += lanes;
  }
  if (tail.count() != 0) (rows[R].fold_tail(i, tail), ...);
  const FloatVec totals[] = {rows[R].total()...};
  const FloatVec last = totals[sizeof...(R) - 1];
  if constexpr (sizeof...(R) == 4) {
    const FloatVec four[] = {totals[0], totals[1], totals[2], last};
    reduce_lanes<Op>(four, results);
  } else {
    const FloatVec four[] = {last, last, last, last};
    reduce_lanes<Op>(four, results);
  }
}

template <class Op>
void reduce_inner(const TileArgs& args) {
  if (args.inner <= 0) {
    for (int64_t outer = 0; outer < args.outer; ++outer) args.dst[outer * args.dst_stride] = Op::kIdentity;
    return;
  }
  const Partial tail(static_cast<size_t>(args.inner) % hn::Lanes(Floats()));
  float results[4];
  int64_t outer = 0;
  for (; outer + 4 <= args.outer; outer += 4) {
    reduce_rows<Op>(args, outer, tail, results, Indices<0, 1, 2, 3>());
    float* dst = args.dst + outer * args.dst_stride;
    for (int64_t r = 0; r < 4; ++r) dst[r * args.dst_stride] = results[r];
  }
  for (; outer < args.outer; ++outer) {
    reduce_rows<Op>(args, outer, tail, results, Indices<0>());
    args.dst[outer * args.dst_stride] = results[0];
  }
}

struct WholeLoad {
  HWY_INLINE FloatVec at(const float* p) const { return hn::LoadU(Floats(), p); }
};
struct PartialLoad {
  const Partial& tail;
  HWY_INLINE FloatVec at(const float* p) const { return tail.load(p); }
};

// One source in a walk down the rows, for columns from `first` on.
template <class Load>
struct ColumnSource {
  const float* p;
  int64_t stride;
  bool scalar;
  Load whole_or_partial;

  HWY_INLINE FloatVec load(size_t i) const { return scalar ? hn::Set(Floats(), *p) : whole_or_partial.at(p + i); }
};

template <class Op>
constexpr float identity_of(size_t /*vector*/) {
  return Op::kIdentity;
}

// The columns from `first` on, V... vectors of them, down all rows: even and odd rows are accumulated apart.
template <class Op, class Load, size_t... K, size_t... V>
HWY_INLINE void reduce_columns(const TileArgs& args, size_t first, const Load& load, FloatVec* totals,
                               Indices<K...> /*sources*/, Indices<V...> /*vectors*/) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  ColumnSource<Load> src[] = {{args.src[K].data + (args.src[K].inner_scalar ? 0 : first), args.src[K].stride,
                               args.src[K].inner_scalar, load}...};
  FloatVec even[] = {hn::Set(d, identity_of<Op>(V))...};
  FloatVec odd[] = {hn::Set(d, identity_of<Op>(V))...};
  const auto fold_row = [&](FloatVec& acc, size_t i) HWY_ATTR { acc = Op::fold(acc, src[K].load(i)...); };
  int64_t outer = 0;
  for (; outer + 2 <= args.outer; outer += 2) {
    (fold_row(even[V], V * lanes), ...);
    ((src[K].p += src[K].stride), ...);
    (fold_row(odd[V], V * lanes), ...);
    ((src[K].p += src[K].stride), ...);
  }
  if (outer < args.outer) (fold_row(even[V], V * lanes), ...);
  ((totals[V] = Op::join(even[V], odd[V])), ...);
}

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
  const std::make_index_sequence<Op::kSources> sources;
  size_t i = 0;
  for (; i + 4 * lanes <= inner; i += 4 * lanes) {
    reduce_columns<Op>(args, i, WholeLoad{}, totals, sources, Indices<0, 1, 2, 3>());
    for (size_t v = 0; v < 4; ++v) hn::StoreU(totals[v], d, args.dst + i + v * lanes);
  }
  for (; i + lanes <= inner; i += lanes) {
    reduce_columns<Op>(args, i, WholeLoad{}, totals, sources, Indices<0>());
    hn::StoreU(totals[0], d, args.dst + i);
  }
  if (i < inner) {
    const Partial tail(inner - i);
    reduce_columns<Op>(args, i, PartialLoad{tail}, totals, sources, Indices<0>());
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
