#include "elbo/flows/rational_quadratic.h"

#include <cmath>
#include <string>

#include "elbo/engine/error.h"
#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

// Under the root of the inverse: its exact value is a square of something above 0, rounding may not be.
constexpr double kSmallestDiscriminant = 1e-30;
// Under a divisor of it, which is at least the product of the least height and the least slope of a chord.
constexpr double kSmallestDivisor = 1e-10;

Tensor columns(Tensor x, int64_t start, int64_t stop) {
  return slice(x, {.axis = -1, .start = start, .stop = stop});
}

// Sizes of bins up to a common factor, by softmax, none below `smallest` of the whole:  (e_k + δ)/Σ(e_j + δ)  with
// δ = smallest/(1 - K smallest) Σ e_j.  Only what the bin at hand needs is divided by the whole, later.
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

// The bin in which `at` [..., 1] lies.  It is found by comparison with the inner edges, as a row of zeros and a one,
// and what is known of it is picked before anything else is computed.
Bin find_bin(Tensor theta, Tensor at, const RationalQuadraticOptions& o, SplineDirection direction) {
  const int64_t bins = o.bins;
  const double extent = 2 * o.bound;
  const Tensor one = ones(at.graph(), at.shape());
  if (bins == 1) return {-o.bound * one, extent * one, -o.bound * one, extent * one, one, one};
  const Sizes widths = sizes_of(columns(theta, 0, bins), o.smallest_bin);
  const Sizes heights = sizes_of(columns(theta, bins, 2 * bins), o.smallest_bin);
  const Sizes& searched = direction == SplineDirection::kForward ? widths : heights;
  const Tensor edges = columns(cumsum(searched.parts, {}), 0, bins - 1);
  const Tensor passed = less_equal(edges, (at + o.bound) * (1 / extent) * searched.whole);  // inner edges up to `at`
  const Tensor mask = concat({one, passed}, -1) - concat({passed, 0 * one}, -1);
  const Tensor width_unit = extent / widths.whole, height_unit = extent / heights.whole;
  // Slopes at the ends are those of 0, which is 1: where the mask has its one at an end, the dot product is 0.
  const Tensor raw_slopes = columns(theta, 2 * bins, 3 * bins - 1);
  const double unit = std::log(std::expm1(1 - o.smallest_slope));
  const auto slope_of = [&](Tensor chosen) { return o.smallest_slope + softplus(dot(chosen, raw_slopes) + unit); };
  return {.x = dot(passed, columns(widths.parts, 0, bins - 1)) * width_unit - o.bound,
          .width = dot(mask, widths.parts) * width_unit,
          .y = dot(passed, columns(heights.parts, 0, bins - 1)) * height_unit - o.bound,
          .height = dot(mask, heights.parts) * height_unit,
          .slope = slope_of(columns(mask, 1, bins)),
          .next_slope = slope_of(columns(mask, 0, bins - 1))};
}

// log of eq. 5 at ξ; every term is positive, so nothing cancels.
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

// By rounding, a row beside a knot may be given to the bin next to its own.  Where that one is steep and ends flat, ξ
// would be far outside [0, 1] and the slope there not positive; so the row counts as the knot, with the knot's slope.
Tensor held_within(Tensor x, Tensor high) {
  return stop_gradient(minimum(maximum(x, 0.0), high)) + (x - stop_gradient(x));
}

// Of the two forms of the root, the one in which nothing cancels.
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

}  // namespace

int64_t rational_quadratic_parameters(int64_t bins) {
  return 3 * bins - 1;
}

void require_rational_quadratic(std::string_view who, const RationalQuadraticOptions& o) {
  const std::string start = std::string(who) + ": ";
  if (o.bins < 1 || static_cast<double>(o.bins) * o.smallest_bin >= 1) {
    throw ConfigError(start + "bins = " + std::to_string(o.bins) + ", must be at least 1 and below " +
                      std::to_string(static_cast<int64_t>(1 / o.smallest_bin)));
  }
  if (!(o.bound > 0)) throw ConfigError(start + "bound = " + std::to_string(o.bound) + ", must be above 0");
}

SplineResult rational_quadratic(Tensor x, Tensor theta, const RationalQuadraticOptions& options,
                                SplineDirection direction) {
  require_rational_quadratic("rational-quadratic", options);
  const Shape& shape = x.shape();
  const Shape& given = theta.shape();
  if (shape.rank() != 2 || given.rank() != 3 || given[1] != shape[1] || (given[0] != shape[0] && given[0] != 1) ||
      given[2] != rational_quadratic_parameters(options.bins)) {
    throw ShapeError("rational-quadratic: x " + to_string(shape) + " and theta " + to_string(given) +
                     ": [rows, dim] and [rows or 1, dim, " +
                     std::to_string(rational_quadratic_parameters(options.bins)) + "] are required");
  }
  // Outside, the spline is evaluated at its end, where everything is finite, and the identity is chosen.
  const Tensor inside = less_equal(abs(x), options.bound);
  const Tensor at = reshape(clamp(x, -options.bound, options.bound), {shape[0], shape[1], 1});
  const Bin bin = find_bin(theta, at, options, direction);
  Tensor y, log_slope;
  if (direction == SplineDirection::kForward) {
    const AtXi result = evaluate(bin, held_within((at - bin.x) / bin.width, ones(x.graph(), {})));
    y = result.y;
    log_slope = result.log_slope;
  } else {
    const Tensor xi = solve_xi(bin, at);
    y = bin.x + xi * bin.width;
    log_slope = -evaluate(bin, xi).log_slope;
  }
  return {select(inside, reshape(y, shape), x), select(inside, reshape(log_slope, shape), 0.0)};
}

}  // namespace elbo::flows
