// The rational-quadratic spline and its gradient, as many rows at a time as a vector has lanes.
#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_rational_quadratic.cpp"
#include <algorithm>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/row_kernels.h"
#include "elbo/engine/cpu/kernels/tile_loops-inl.h"
#include "elbo/engine/cpu/kernels/tile_math-inl.h"
#include "elbo/engine/ops/rational_quadratic_spline.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

using V = FloatVec;
static_assert(kMaxLanes <= kMostLanes);

HWY_INLINE V set(float value) {
  return hn::Set(Floats(), value);
}
HWY_INLINE V clamped(V x, V low, V high) {
  return hn::Min(hn::Max(x, low), high);
}

// A vector's rows of a tile.
class WholeRows {
 public:
  explicit HWY_INLINE WholeRows(int64_t first) : first_(first) {}

  HWY_INLINE V load(const RowValues& from, int64_t col) const {
    return hn::LoadU(Floats(), from.data + first_ + col * from.stride);
  }
  HWY_INLINE void store(V v, const RowValues& to, int64_t col) const {
    hn::StoreU(v, Floats(), to.data + first_ + col * to.stride);
  }

 private:
  int64_t first_;
};

// The last rows, fewer than a vector has lanes; the other lanes are 0.
class LastRows {
 public:
  HWY_INLINE LastRows(int64_t first, int64_t count) : first_(first), lanes_(static_cast<size_t>(count)) {}

  HWY_INLINE V load(const RowValues& from, int64_t col) const {
    return lanes_.load(from.data + first_ + col * from.stride);
  }
  HWY_INLINE void store(V v, const RowValues& to, int64_t col) const {
    lanes_.store(v, to.data + first_ + col * to.stride);
  }

 private:
  int64_t first_;
  Partial lanes_;
};

// What is the same for all rows.
struct Constants {
  explicit Constants(const RationalQuadraticSpline& spline)
      : bins(spline.bins),
        inverse(spline.inverse),
        bound(static_cast<float>(spline.bound)),
        extent(static_cast<float>(2 * spline.bound)),
        per_extent(static_cast<float>(0.5 / spline.bound)),
        unit(static_cast<float>(slope_unit(spline))),
        smallest_slope(static_cast<float>(spline.smallest_slope)) {
    const double left = 1 - spline.smallest_bin * static_cast<double>(spline.bins);
    part = static_cast<float>(spline.smallest_bin / left);
    per_left = static_cast<float>(1 / left);
  }

  int64_t bins;
  bool inverse;
  float bound, extent, per_extent, unit, smallest_slope, part = 0, per_left = 0;
};

// The spline on the numbers of one vector.  Names follow ops/rational_quadratic_spline.cpp.
template <class Rows>
class Spline {
 public:
  HWY_INLINE Spline(const RowArgs& args, const Rows& rows, const Constants& constants)
      : args_(args),
        rows_(rows),
        bins_(constants.bins),
        inverse_(constants.inverse),
        bound_(set(constants.bound)),
        extent_(set(constants.extent)),
        per_extent_(set(constants.per_extent)),
        part_(set(constants.part)),
        per_left_(set(constants.per_left)),
        unit_(set(constants.unit)),
        smallest_slope_(set(constants.smallest_slope)) {}

  HWY_INLINE void map() {
    find_bin();
    const V xi = inverse_ ? solve() : clamped(unclamped_xi(at_), zero(), one());
    const Terms t = terms(xi);
    const V log_slope = log(Floats(), hn::Mul(square(hn::Div(s_, t.below)), t.above));
    if (inverse_) {
      store_result(hn::MulAdd(xi, width_, x_edge_), hn::Neg(log_slope));
    } else {
      store_result(hn::MulAdd(height_, hn::Div(t.over, t.below), y_edge_), log_slope);
    }
  }

  // Reverse mode by hand: `by_...` is the gradient by what follows.
  HWY_INLINE void differentiate() {
    find_bin();
    // Rows outside take no part; x there is the identity's.
    V by_y = hn::IfThenElseZero(inside_, rows_.load(args_.src[2], 0));
    V by_log = hn::IfThenElseZero(inside_, rows_.load(args_.src[2], 1));
    const V raw_xi = inverse_ ? solve() : unclamped_xi(at_);
    const V xi = clamped(raw_xi, zero(), one());
    const Terms t = terms(xi);
    const V slope = hn::Mul(square(hn::Div(s_, t.below)), t.above);
    const V log_by_x = hn::Div(log_by_xi(t, xi), width_);
    V by_result, by_at;
    if (inverse_) {
      // x = f⁻¹(y) and -log f'(x).  With G = by_x - by_log (log f')': G / f' by y; by theta what f has at x for
      // gradients of -G / f' by f and -by_log by log f', of which -by_x is by x.
      by_at = hn::Neg(by_y);
      by_result = hn::Div(hn::NegMulAdd(by_log, log_by_x, by_y), slope);
      by_y = hn::Neg(by_result);
      by_log = hn::Neg(by_log);
    } else {
      by_result = by_at = hn::MulAdd(by_y, slope, hn::Mul(by_log, log_by_x));
    }
    const V by_over = hn::Div(hn::Mul(by_y, height_), t.below);
    const V by_below = hn::Neg(hn::Div(hn::MulAdd(by_over, t.over, hn::Add(by_log, by_log)), t.below));
    const V by_above = hn::Div(by_log, t.above);
    V by_s = hn::MulAdd(by_over, square(xi), hn::Mul(by_below, hn::NegMulAdd(set(2), t.product, one())));
    by_s = hn::MulAdd(set(2), hn::MulAdd(by_above, t.product, hn::Div(by_log, s_)), by_s);
    const V by_slope = hn::MulAdd(hn::Add(by_over, by_below), t.product, hn::Mul(by_above, square(t.rest)));
    const V by_next_slope = hn::MulAdd(by_below, t.product, hn::Mul(by_above, square(xi)));
    const V by_s_per_width = hn::Div(by_s, width_);
    const V by_height = hn::MulAdd(by_y, hn::Div(t.over, t.below), by_s_per_width);
    const V by_width = hn::Neg(hn::MulAdd(by_s_per_width, s_, hn::Mul(by_at, raw_xi)));

    const int64_t parameters = 3 * bins_ - 1;
    rows_.store(hn::IfThenElse(inside_, by_result, rows_.load(args_.src[2], 0)), args_.dst, parameters);
    store_sizes(0, widths_, hn::Neg(by_at), by_width);
    store_sizes(bins_, heights_, by_y, by_height);
    const V by_raw = hn::Mul(by_slope, sigmoid(Floats(), raw_));
    const V by_next_raw = hn::Mul(by_next_slope, sigmoid(Floats(), next_raw_));
    for (int64_t j = 0; j + 1 < bins_; ++j) {
      const V before = hn::IfThenElseZero(hn::Eq(passed_, set(static_cast<float>(j + 1))), by_raw);
      const V after = hn::IfThenElseZero(hn::Eq(passed_, set(static_cast<float>(j))), by_next_raw);
      rows_.store(hn::Add(before, after), args_.dst, 2 * bins_ + j);
    }
  }

 private:
  // The widths or heights, up to the common factor `unit`: bins before the one at hand, and that one.
  struct Sizes {
    float* exponentials;  // of the logits, less the greatest
    V total, whole, unit;
    V before, own;
  };

  struct Terms {
    V rest, product, over, below, above;
  };

  static HWY_INLINE V zero() { return hn::Zero(Floats()); }
  static HWY_INLINE V one() { return set(1); }
  static HWY_INLINE V square(V x) { return hn::Mul(x, x); }

  HWY_INLINE V exponential(const Sizes& sizes, int64_t k) const {
    return hn::LoadU(Floats(), sizes.exponentials + k * static_cast<int64_t>(kMaxLanes));
  }
  HWY_INLINE V part(const Sizes& sizes, int64_t k) const {
    return hn::MulAdd(part_, sizes.total, exponential(sizes, k));
  }

  HWY_INLINE Sizes sizes_of(int64_t first_col, float* exponentials) const {
    V most = rows_.load(args_.src[1], first_col);
    for (int64_t k = 1; k < bins_; ++k) most = hn::Max(most, rows_.load(args_.src[1], first_col + k));
    V total = zero();
    for (int64_t k = 0; k < bins_; ++k) {
      const V e = exp(Floats(), hn::Sub(rows_.load(args_.src[1], first_col + k), most));
      hn::StoreU(e, Floats(), exponentials + k * static_cast<int64_t>(kMaxLanes));
      total = hn::Add(total, e);
    }
    const V whole = hn::Mul(per_left_, total);
    return {exponentials, total, whole, hn::Div(extent_, whole), zero(), zero()};
  }

  // One walk over the bins, during which each lane keeps what it last passed.
  HWY_INLINE void find_bin() {
    const V x = rows_.load(args_.src[0], 0);
    inside_ = hn::Le(hn::Abs(x), bound_);
    x_ = x;
    at_ = clamped(x, hn::Neg(bound_), bound_);
    widths_ = sizes_of(0, args_.scratch);
    heights_ = sizes_of(bins_, args_.scratch + bins_ * static_cast<int64_t>(kMaxLanes));
    const V place = hn::Mul(hn::Mul(hn::Add(at_, bound_), per_extent_), inverse_ ? heights_.whole : widths_.whole);
    V x_end = zero(), y_end = zero();
    widths_.own = part(widths_, 0);
    heights_.own = part(heights_, 0);
    passed_ = zero();
    raw_ = zero();
    next_raw_ = bins_ > 1 ? rows_.load(args_.src[1], 2 * bins_) : zero();
    for (int64_t j = 0; j + 1 < bins_; ++j) {
      x_end = hn::Add(x_end, part(widths_, j));
      y_end = hn::Add(y_end, part(heights_, j));
      const auto passed = hn::Le(inverse_ ? y_end : x_end, place);
      widths_.before = hn::IfThenElse(passed, x_end, widths_.before);
      heights_.before = hn::IfThenElse(passed, y_end, heights_.before);
      widths_.own = hn::IfThenElse(passed, part(widths_, j + 1), widths_.own);
      heights_.own = hn::IfThenElse(passed, part(heights_, j + 1), heights_.own);
      raw_ = hn::IfThenElse(passed, rows_.load(args_.src[1], 2 * bins_ + j), raw_);
      next_raw_ =
          hn::IfThenElse(passed, j + 2 < bins_ ? rows_.load(args_.src[1], 2 * bins_ + j + 1) : zero(), next_raw_);
      passed_ = hn::IfThenElse(passed, set(static_cast<float>(j + 1)), passed_);
    }
    x_edge_ = hn::MulSub(widths_.before, widths_.unit, bound_);
    y_edge_ = hn::MulSub(heights_.before, heights_.unit, bound_);
    width_ = hn::Mul(widths_.own, widths_.unit);
    height_ = hn::Mul(heights_.own, heights_.unit);
    s_ = hn::Div(height_, width_);
    raw_ = hn::Add(raw_, unit_);
    next_raw_ = hn::Add(next_raw_, unit_);
    slope_ = hn::Add(smallest_slope_, softplus(Floats(), raw_));
    next_slope_ = hn::Add(smallest_slope_, softplus(Floats(), next_raw_));
  }

  HWY_INLINE V unclamped_xi(V x) const { return hn::Div(hn::Sub(x, x_edge_), width_); }

  // Numerator and denominator of eq. 4 and the sum of eq. 5; every term of the last two is positive.
  HWY_INLINE Terms terms(V xi) const {
    Terms t;
    t.rest = hn::Sub(one(), xi);
    t.product = hn::Mul(xi, t.rest);
    const V square_xi = square(xi);
    t.over = hn::MulAdd(s_, square_xi, hn::Mul(slope_, t.product));
    t.below = hn::MulAdd(s_, hn::NegMulAdd(set(2), t.product, one()), hn::Mul(hn::Add(slope_, next_slope_), t.product));
    t.above =
        hn::MulAdd(next_slope_, square_xi, hn::MulAdd(hn::Mul(set(2), s_), t.product, hn::Mul(slope_, square(t.rest))));
    return t;
  }

  HWY_INLINE V solve() const {
    const V up = clamped(hn::Sub(at_, y_edge_), zero(), height_);
    const V bend = hn::Mul(up, hn::NegMulAdd(set(2), s_, hn::Add(slope_, next_slope_)));
    const V a = hn::MulAdd(height_, hn::Sub(s_, slope_), bend);
    const V b = hn::MulSub(height_, slope_, bend);
    const V c = hn::Neg(hn::Mul(s_, up));
    const V under = hn::NegMulAdd(hn::Mul(set(4), a), c, square(b));
    const V root = hn::Sqrt(hn::Max(under, set(static_cast<float>(kSmallestDiscriminant))));
    const auto rising = hn::Le(zero(), b);
    const V over = hn::IfThenElse(rising, hn::Mul(set(-2), c), hn::Sub(root, b));
    const V below =
        hn::IfThenElse(rising, hn::Add(b, root), hn::Max(hn::Add(a, a), set(static_cast<float>(kSmallestDivisor))));
    return clamped(hn::Div(over, below), zero(), one());
  }

  // The derivative of log y' by ξ.
  HWY_INLINE V log_by_xi(const Terms& t, V xi) const {
    const V per_above = hn::Div(one(), t.above), twice_s = hn::Add(s_, s_);
    const V by_below = hn::Div(set(-2), t.below);
    const V by_product =
        hn::MulAdd(by_below, hn::Sub(hn::Add(slope_, next_slope_), twice_s), hn::Mul(per_above, twice_s));
    const V by_ends = hn::Mul(hn::Add(per_above, per_above), hn::MulSub(next_slope_, xi, hn::Mul(slope_, t.rest)));
    return hn::MulAdd(by_product, hn::Sub(t.rest, xi), by_ends);
  }

  HWY_INLINE void store_result(V y, V log_slope) const {
    rows_.store(hn::IfThenElse(inside_, y, x_), args_.dst, 0);
    rows_.store(hn::IfThenElseZero(inside_, log_slope), args_.dst, 1);
  }

  // By the logits, from the gradients by where the bin begins and by its size.
  HWY_INLINE void store_sizes(int64_t first_col, const Sizes& sizes, V by_edge, V by_size) const {
    const V by_before = hn::Mul(by_edge, sizes.unit), by_own = hn::Mul(by_size, sizes.unit);
    // edge = before unit - bound, size = own unit, unit = extent left / total.
    const V by_unit = hn::MulAdd(by_edge, sizes.before, hn::Mul(by_size, sizes.own));
    const V by_total = hn::NegMulAdd(by_unit, hn::Div(sizes.unit, sizes.total),
                                     hn::Mul(part_, hn::MulAdd(passed_, by_before, by_own)));
    for (int64_t k = 0; k < bins_; ++k) {
      const V at = set(static_cast<float>(k));
      const V own = hn::IfThenElseZero(hn::Eq(at, passed_), by_own);
      const V by_exponential = hn::Add(by_total, hn::IfThenElse(hn::Lt(at, passed_), by_before, own));
      const V by_logit = hn::Mul(by_exponential, exponential(sizes, k));
      rows_.store(bins_ > 1 ? by_logit : zero(), args_.dst, first_col + k);
    }
  }

  const RowArgs& args_;
  const Rows& rows_;
  int64_t bins_;
  bool inverse_;
  V bound_, extent_, per_extent_, part_, per_left_, unit_, smallest_slope_;

  // Set by find_bin().
  V x_, at_;
  hn::Mask<Floats> inside_;
  Sizes widths_, heights_;
  V passed_;  // how many inner edges lie at or before the number
  V x_edge_, y_edge_, width_, height_, s_, raw_, next_raw_, slope_, next_slope_;
};

template <bool kGradient, class Rows>
HWY_INLINE void run_rows(const RowArgs& args, const Rows& rows, const Constants& constants) {
  Spline<Rows> spline(args, rows, constants);
  if constexpr (kGradient) {
    spline.differentiate();
  } else {
    spline.map();
  }
}

template <bool kGradient>
void run_tile(const RowArgs& args) {
  const Constants constants(spline_of(*args.attributes));
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(Floats()));
  int64_t row = 0;
  for (; row + lanes <= args.rows; row += lanes) run_rows<kGradient>(args, WholeRows(row), constants);
  if (row < args.rows) run_rows<kGradient>(args, LastRows(row, args.rows - row), constants);
}

void run_spline(const RowArgs& args) {
  run_tile<false>(args);
}
void run_spline_gradient(const RowArgs& args) {
  run_tile<true>(args);
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(run_spline);
HWY_EXPORT(run_spline_gradient);

namespace {

// The exponentials of widths and heights, in vectors of the widest kind.
RowKernel with_exponentials(void (*run)(const RowArgs&), const Attributes& attributes) {
  return {.run = run, .scratch_floats = 2 * spline_of(attributes).bins * kMostLanes};
}

}  // namespace

RowKernel rational_quadratic_kernel(const Attributes& attributes) {
  return with_exponentials([](const RowArgs& args) { HWY_DYNAMIC_DISPATCH(run_spline)(args); }, attributes);
}

RowKernel rational_quadratic_gradient_kernel(const Attributes& attributes) {
  return with_exponentials([](const RowArgs& args) { HWY_DYNAMIC_DISPATCH(run_spline_gradient)(args); }, attributes);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
