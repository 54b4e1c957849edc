// The rational-quadratic spline and its gradient: one row of numbers in, one out.
//
// As compositions of other operations both directions take some two hundred instructions on values of one to eight
// columns, of which most are moved through memory from the forward to the backward pass; as one operation each row
// stays in registers (cpu/tile_rational_quadratic.cpp) and the backward pass computes it again.
#include "elbo/engine/ops/rational_quadratic_spline.h"

#include <algorithm>
#include <cmath>

#include "elbo/engine/gradients.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

// A number and its derivative by one input: what the reference of the gradient computes with.
struct Dual {
  double value = 0, slope = 0;
  Dual() = default;
  Dual(double v, double s = 0) : value(v), slope(s) {}  // NOLINT(google-explicit-constructor): a number is one
};
Dual operator+(Dual a, Dual b) {
  return {a.value + b.value, a.slope + b.slope};
}
Dual operator-(Dual a, Dual b) {
  return {a.value - b.value, a.slope - b.slope};
}
Dual operator-(Dual a) {
  return {-a.value, -a.slope};
}
Dual operator*(Dual a, Dual b) {
  return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
Dual operator/(Dual a, Dual b) {
  return {a.value / b.value, (a.slope - a.value / b.value * b.slope) / b.value};
}
Dual exp(Dual x) {
  return {std::exp(x.value), std::exp(x.value) * x.slope};
}
Dual log(Dual x) {
  return {std::log(x.value), x.slope / x.value};
}
Dual sqrt(Dual x) {
  return {std::sqrt(x.value), x.slope / (2 * std::sqrt(x.value))};
}
Dual log1p(Dual x) {
  return {std::log1p(x.value), x.slope / (1 + x.value)};
}
double value_of(double x) {
  return x;
}
double value_of(Dual x) {
  return x.value;
}

// By rounding, a row beside a knot may be given to the bin next to its own.  Where that one is steep and ends flat, ξ
// would be far outside [0, 1] and the slope there not positive; so the row counts as the knot, with the knot's slope.
double held_within(double x, double high) {
  return std::min(std::max(x, 0.0), high);
}
Dual held_within(Dual x, Dual high) {
  return {held_within(x.value, high.value), x.slope};
}

template <class T>
T softplus_value(T x) {
  using std::exp, std::log1p;
  return value_of(x) > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

// The spline of one number, as the paper writes it.
template <class T>
class Reference {
 public:
  Reference(const RationalQuadraticSpline& spline, const T* theta) : spline_(spline) {
    const auto bins = static_cast<size_t>(spline.bins);
    set_knots(theta, xs_);
    set_knots(theta + bins, ys_);
    slopes_.assign(bins + 1, T(1));
    for (size_t k = 1; k < bins; ++k) {
      slopes_[k] = T(spline.smallest_slope) + softplus_value(theta[2 * bins + k - 1] + T(slope_unit(spline)));
    }
  }

  struct Result {
    T y, log_slope;
  };

  Result operator()(T x) const {
    if (!(std::abs(value_of(x)) <= spline_.bound)) return {x, T(0)};
    const std::vector<T>& searched = spline_.inverse ? ys_ : xs_;
    size_t k = 0;
    while (k + 2 < searched.size() && value_of(searched[k + 1]) <= value_of(x)) ++k;
    const T width = xs_[k + 1] - xs_[k];
    if (!spline_.inverse) return at(k, held_within((x - xs_[k]) / width, T(1)));
    const T xi = solve(k, x);
    return {xs_[k] + xi * width, -at(k, xi).log_slope};
  }

 private:
  void set_knots(const T* logits, std::vector<T>& knots) const {
    using std::exp;
    double most = value_of(logits[0]);
    for (int64_t k = 1; k < spline_.bins; ++k) most = std::max(most, value_of(logits[k]));
    T total(0);
    for (int64_t k = 0; k < spline_.bins; ++k) total = total + exp(logits[k] - T(most));
    const double left = 1 - spline_.smallest_bin * static_cast<double>(spline_.bins);
    knots = {T(-spline_.bound)};
    for (int64_t k = 0; k < spline_.bins; ++k) {
      const T part = T(spline_.smallest_bin) + T(left) * exp(logits[k] - T(most)) / total;
      knots.push_back(knots.back() + T(2 * spline_.bound) * part);
    }
  }

  // Equations 4 and 5.
  Result at(size_t k, T xi) const {
    using std::log;
    const T height = ys_[k + 1] - ys_[k], s = height / (xs_[k + 1] - xs_[k]);
    const T rest = T(1) - xi, product = xi * rest;
    const T below = s + (slopes_[k + 1] + slopes_[k] - T(2) * s) * product;
    const T above = slopes_[k + 1] * xi * xi + T(2) * s * product + slopes_[k] * rest * rest;
    return {ys_[k] + height * (s * xi * xi + slopes_[k] * product) / below, log(s * s * above / (below * below))};
  }

  // Equations 6 to 8; of the two forms of the root the one in which nothing cancels.
  T solve(size_t k, T y) const {
    using std::sqrt;
    const T height = ys_[k + 1] - ys_[k], s = height / (xs_[k + 1] - xs_[k]), up = held_within(y - ys_[k], height);
    const T bend = up * (slopes_[k + 1] + slopes_[k] - T(2) * s);
    const T a = height * (s - slopes_[k]) + bend, b = height * slopes_[k] - bend, c = -(s * up);
    const T square = b * b - T(4) * a * c;
    const T root = sqrt(value_of(square) > kSmallestDiscriminant ? square : T(kSmallestDiscriminant));
    const T twice = value_of(a) * 2 > kSmallestDivisor ? T(2) * a : T(kSmallestDivisor);
    const T xi = value_of(b) >= 0 ? T(-2) * c / (b + root) : (root - b) / twice;
    return held_within(xi, T(1));
  }

  const RationalQuadraticSpline& spline_;
  std::vector<T> xs_, ys_, slopes_;
};

int64_t parameters_of(const Attributes& attributes) {
  return 3 * attributes.integers[0] - 1;
}

Shape with_columns(Shape rows, int64_t columns) {
  rows.set(rows.rank() - 1, columns);
  return rows;
}

// Throws unless the inputs are rows, the same number of each, of one, `parameters` and, of a third, two columns.
void check_rows(const OpCall& call) {
  const Attributes& a = call.attributes;
  if (a.integers.size() != 2 || a.numbers.size() != 3) {
    call.fail("takes {bins, inverse} and bound, smallest bin, smallest slope");
  }
  if (const std::string why = why_not(spline_of(a)); !why.empty()) call.fail(why);
  const int64_t widths[] = {1, parameters_of(a), 2};
  std::string required;
  bool fits = true;
  for (size_t i = 0; i < call.shapes.size(); ++i) {
    const Shape& shape = call.shapes[i];
    fits = fits && shape.rank() > 1 && shape.last(0) == widths[i] && with_columns(shape, 1) == call.shapes[0];
    required += (i == 0 ? "[..., " : ", [..., ") + std::to_string(widths[i]) + "]";
  }
  if (!fits) call.fail(required + " with the same rows are required for " + std::to_string(a.integers[0]) + " bins");
}

// The same out of other operations, for derivatives of the gradient.
namespace composed {

Tensor columns(Tensor x, int64_t start, int64_t stop) {
  return slice(x, {.axis = -1, .start = start, .stop = stop});
}

// Sizes of bins up to a common factor, by softmax, none below `smallest` of the whole:  (e_k + δ)/Σ(e_j + δ)  with
// δ = smallest/(1 - K smallest) Σ e_j.
struct Sizes {
  Tensor parts;  // [..., K]
  Tensor whole;  // [..., 1]: their sum
};

Sizes sizes_of(Tensor logits, double smallest) {
  const Tensor e = exp(logits - stop_gradient(reduce_max(logits, {.axes = {-1}, .keep = true})));
  const Tensor total = sum(e, {.axes = {-1}, .keep = true});
  const double left = 1 - smallest * static_cast<double>(logits.shape().last(0));
  return {.parts = e + (smallest / left) * total, .whole = (1 / left) * total};
}

// The bin of each row: left edge, width, lower edge, height, slopes at both ends.  [..., 1] each.
struct Bin {
  Tensor x, width, y, height, slope, next_slope;
};

// The bin in which `at` [..., 1] lies.  It is found by comparison with the inner edges, as a row of zeros and a one.
Bin find_bin(Tensor theta, Tensor at, const RationalQuadraticSpline& o) {
  const int64_t bins = o.bins;
  const double extent = 2 * o.bound;
  const Tensor one = ones(at.graph(), at.shape());
  if (bins == 1) return {-o.bound * one, extent * one, -o.bound * one, extent * one, one, one};
  const Sizes widths = sizes_of(columns(theta, 0, bins), o.smallest_bin);
  const Sizes heights = sizes_of(columns(theta, bins, 2 * bins), o.smallest_bin);
  const Sizes& searched = o.inverse ? heights : widths;
  const Tensor edges = columns(cumsum(searched.parts, {}), 0, bins - 1);
  const Tensor passed = less_equal(edges, (at + o.bound) * (1 / extent) * searched.whole);  // inner edges up to `at`
  const Tensor mask = concat({one, passed}, -1) - concat({passed, 0 * one}, -1);
  const Tensor width_unit = extent / widths.whole, height_unit = extent / heights.whole;
  // Slopes at the ends are those of 0, which is 1: where the mask has its one at an end, the dot product is 0.
  const Tensor raw_slopes = columns(theta, 2 * bins, 3 * bins - 1);
  const auto slope_of = [&](Tensor chosen) {
    return o.smallest_slope + softplus(dot(chosen, raw_slopes) + slope_unit(o));
  };
  return {.x = dot(passed, columns(widths.parts, 0, bins - 1)) * width_unit - o.bound,
          .width = dot(mask, widths.parts) * width_unit,
          .y = dot(passed, columns(heights.parts, 0, bins - 1)) * height_unit - o.bound,
          .height = dot(mask, heights.parts) * height_unit,
          .slope = slope_of(columns(mask, 1, bins)),
          .next_slope = slope_of(columns(mask, 0, bins - 1))};
}

struct AtXi {
  Tensor y, log_slope;
};

AtXi evaluate(const Bin& bin, Tensor xi) {
  const Tensor s = bin.height / bin.width;
  const Tensor rest = 1 - xi, product = xi * rest, square_xi = square(xi);
  const Tensor below = s * (1 - 2 * product) + (bin.slope + bin.next_slope) * product;
  const Tensor y = bin.y + bin.height * (s * square_xi + bin.slope * product) / below;
  const Tensor above = bin.next_slope * square_xi + 2 * s * product + bin.slope * square(rest);
  return {y, log(square(s / below) * above)};
}

Tensor held_within(Tensor x, Tensor high) {
  return stop_gradient(minimum(maximum(x, 0.0), high)) + (x - stop_gradient(x));
}

Tensor solve_xi(const Bin& bin, Tensor y) {
  const Tensor s = bin.height / bin.width, up = held_within(y - bin.y, bin.height);
  const Tensor bend = up * (bin.slope + bin.next_slope - 2 * s);
  const Tensor a = bin.height * (s - bin.slope) + bend;
  const Tensor b = bin.height * bin.slope - bend;
  const Tensor c = -(s * up);
  const Tensor root = sqrt(maximum(square(b) - 4 * a * c, kSmallestDiscriminant));
  const Tensor rising = less_equal(0, b);
  const Tensor xi = select(rising, -2 * c, root - b) / select(rising, b + root, maximum(2 * a, kSmallestDivisor));
  return held_within(xi, ones(xi.graph(), {}));
}

Tensor spline(Tensor x, Tensor theta, const RationalQuadraticSpline& o) {
  const Tensor inside = less_equal(abs(x), o.bound), at = clamp(x, -o.bound, o.bound);
  const Bin bin = find_bin(theta, at, o);
  Tensor y, log_slope;
  if (o.inverse) {
    const Tensor xi = solve_xi(bin, at);
    y = bin.x + xi * bin.width;
    log_slope = -evaluate(bin, xi).log_slope;
  } else {
    const AtXi result = evaluate(bin, held_within((at - bin.x) / bin.width, ones(x.graph(), {})));
    y = result.y;
    log_slope = result.log_slope;
  }
  return concat({select(inside, y, x), select(inside, log_slope, 0.0)}, -1);
}

}  // namespace composed

// A node of its own with the same values: so that a derivative by it is a partial one, even where one input of an
// operation is made from another.
Tensor apart(Tensor x) {
  Attributes attributes;
  attributes.integers = x.shape().dims();
  return x.graph().add(kReshape, {x}, std::move(attributes));
}

}  // namespace

Attributes attributes_of(const RationalQuadraticSpline& s) {
  Attributes attributes;
  attributes.integers = {s.bins, s.inverse ? 1 : 0};
  attributes.numbers = {s.bound, s.smallest_bin, s.smallest_slope};
  return attributes;
}

RationalQuadraticSpline spline_of(const Attributes& a) {
  return {.bins = a.integers[0],
          .bound = a.numbers[0],
          .smallest_bin = a.numbers[1],
          .smallest_slope = a.numbers[2],
          .inverse = a.integers[1] != 0};
}

std::string why_not(const RationalQuadraticSpline& s) {
  if (!(s.smallest_bin >= 0 && s.smallest_bin < 1)) {
    return "smallest_bin = " + std::to_string(s.smallest_bin) + ", must be at least 0 and below 1";
  }
  if (s.bins < 1 || static_cast<double>(s.bins) * s.smallest_bin >= 1) {
    const std::string most =
        s.smallest_bin > 0 ? " and below " + std::to_string(static_cast<int64_t>(1 / s.smallest_bin)) : "";
    return "bins = " + std::to_string(s.bins) + ", must be at least 1" + most;
  }
  if (!(s.bound > 0)) return "bound = " + std::to_string(s.bound) + ", must be above 0";
  if (!(s.smallest_slope >= 0 && s.smallest_slope < 1)) {
    return "smallest_slope = " + std::to_string(s.smallest_slope) + ", must be at least 0 and below 1";
  }
  return "";
}

double slope_unit(const RationalQuadraticSpline& spline) {
  return std::log(std::expm1(1 - spline.smallest_slope));
}

const OpDef kRationalQuadraticSpline{
    .name = "rational_quadratic_spline",
    .inputs = {"x", "theta"},
    .kind = OpKind::kRows,
    .shape =
        [](const OpCall& call) {
          check_rows(call);
          return with_columns(call.shapes[0], 2);
        },
    .reference =
        [](const ReferenceCall& call) {
          const RationalQuadraticSpline spline = spline_of(call.node.attributes);
          const auto parameters = static_cast<size_t>(parameters_of(call.node.attributes));
          for (size_t row = 0; row < call.src[0].size(); ++row) {
            const auto result = Reference<double>(spline, call.src[1].data() + row * parameters)(call.src[0][row]);
            call.dst[2 * row] = result.y;
            call.dst[2 * row + 1] = result.log_slope;
          }
        },
    .derivative = [](const Differentiated& d) -> Tensors {
      const int64_t parameters = parameters_of(d.node.attributes);
      const Tensor by_row =
          d.grad.graph().add(kRationalQuadraticSplineGradient, {d.inputs[0], d.inputs[1], d.grad}, d.node.attributes);
      return {slice(by_row, {.axis = -1, .start = parameters, .stop = parameters + 1}),
              slice(by_row, {.axis = -1, .start = 0, .stop = parameters})};
    }};

// The gradient by each row of both inputs, given that by y and log dy/dx [..., 2]: [..., 3 bins], theta's before x's.
const OpDef kRationalQuadraticSplineGradient{
    .name = "rational_quadratic_spline_gradient",
    .inputs = {"x", "theta", "grad"},
    .kind = OpKind::kRows,
    .shape =
        [](const OpCall& call) {
          check_rows(call);
          return with_columns(call.shapes[0], parameters_of(call.attributes) + 1);
        },
    .reference =
        [](const ReferenceCall& call) {
          const RationalQuadraticSpline spline = spline_of(call.node.attributes);
          const auto parameters = static_cast<size_t>(parameters_of(call.node.attributes));
          std::vector<Dual> theta(parameters);
          for (size_t row = 0; row < call.src[0].size(); ++row) {
            for (size_t i = 0; i < parameters; ++i) theta[i] = call.src[1][row * parameters + i];
            for (size_t by = 0; by <= parameters; ++by) {
              if (by < parameters) theta[by].slope = 1;
              const Dual x(call.src[0][row], by == parameters ? 1 : 0);
              const auto result = Reference<Dual>(spline, theta.data())(x);
              if (by < parameters) theta[by].slope = 0;
              call.dst[row * (parameters + 1) + by] =
                  call.src[2][2 * row] * result.y.slope + call.src[2][2 * row + 1] * result.log_slope.slope;
            }
          }
        },
    .derivative = [](const Differentiated& d) -> Tensors {
      const Tensor x = apart(d.inputs[0]), theta = apart(d.inputs[1]), grad = apart(d.inputs[2]);
      const Tensor mapped = composed::spline(x, theta, spline_of(d.node.attributes));
      const Tensors by = vector_jacobian(mapped, grad, {theta, x});
      return vector_jacobian(concat({by[0], by[1]}, -1), d.grad, {x, theta, grad});
    }};

Tensor rational_quadratic_spline(Tensor x, Tensor theta, const RationalQuadraticSpline& options) {
  return x.graph().add(kRationalQuadraticSpline, {x, theta}, attributes_of(options));
}

}  // namespace elbo
