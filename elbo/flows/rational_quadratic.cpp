#include "elbo/flows/rational_quadratic.h"

#include <cmath>
#include <string>

#include "elbo/engine/error.h"
#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

// Under the root of the inverse: its exact value is a square of something above 0, rounding may not be.
constexpr double kSmallestDiscriminant = 1e-30;

// Parts of a whole of 1, none smaller than `smallest`.
Tensor parts_of_one(Tensor logits, double smallest) {
  const Tensor shifted = exp(logits - stop_gradient(reduce_max(logits, {.axes = {-1}, .keep = true})));
  const auto count = static_cast<double>(logits.shape().last(0));
  return smallest + (1 - smallest * count) * (shifted / sum(shifted, {.axes = {-1}, .keep = true}));
}

Tensor columns(Tensor x, int64_t start, int64_t stop) {
  return slice(x, {.axis = -1, .start = start, .stop = stop});
}

// The bin of each row, as numbers: left edge, extent, lower edge, extent, slopes at both ends.  [..., 1] each.
struct Bin {
  Tensor x, width, y, height, slope, next_slope;
};

class Knots {
 public:
  Knots(Tensor theta, const RationalQuadraticOptions& o) : bins_(o.bins) {
    const double extent = 2 * o.bound;
    widths_ = extent * parts_of_one(columns(theta, 0, bins_), o.smallest_bin);
    heights_ = extent * parts_of_one(columns(theta, bins_, 2 * bins_), o.smallest_bin);
    lefts_ = cumsum(widths_, {.exclusive = true}) - o.bound;
    bottoms_ = cumsum(heights_, {.exclusive = true}) - o.bound;
    if (bins_ == 1) return;
    // Raw slopes of 0 are slopes of 1.
    const double unit = std::log(std::expm1(1 - o.smallest_slope));
    slopes_ = o.smallest_slope + softplus(columns(theta, 2 * bins_, 3 * bins_ - 1) + unit);
  }

  // The bin in which `at` [..., 1] lies, found among left or lower edges by comparison: a row of zeros and a one.
  Bin find(Tensor at, SplineDirection direction) const {
    if (bins_ == 1) return {lefts_, widths_, bottoms_, heights_, ones_like(at), ones_like(at)};
    const Tensor reached =
        less_equal(columns(direction == SplineDirection::kForward ? lefts_ : bottoms_, 1, bins_), at);
    const Tensor one = ones_like(at);
    const Tensor mask = concat({one, reached}, -1) - concat({reached, 0 * one}, -1);
    const Tensor first = columns(mask, 0, bins_ - 1), last = columns(mask, 1, bins_);
    return {dot(mask, lefts_),
            dot(mask, widths_),
            dot(mask, bottoms_),
            dot(mask, heights_),
            dot(last, slopes_) + columns(mask, 0, 1),
            dot(first, slopes_) + columns(mask, bins_ - 1, bins_)};
  }

 private:
  static Tensor ones_like(Tensor x) { return ones(x.graph(), x.shape()); }

  int64_t bins_;
  Tensor widths_, heights_, lefts_, bottoms_, slopes_;
};

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

Tensor solve_xi(const Bin& bin, Tensor y) {
  const Tensor s = bin.height / bin.width, up = y - bin.y;
  const Tensor bend = up * (bin.slope + bin.next_slope - 2 * s);
  const Tensor a = bin.height * (s - bin.slope) + bend;
  const Tensor b = bin.height * bin.slope - bend;
  const Tensor c = -(s * up);
  const Tensor root = sqrt(maximum(square(b) - 4 * a * c, kSmallestDiscriminant));
  return 2 * c / (-b - root);
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
  const Bin bin = Knots(theta, options).find(at, direction);
  Tensor y, log_slope;
  if (direction == SplineDirection::kForward) {
    const AtXi result = evaluate(bin, (at - bin.x) / bin.width);
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
