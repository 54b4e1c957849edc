#include "elbo/flows/rational_quadratic.h"

#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

namespace {

RationalQuadraticSpline spline_of(const RationalQuadraticOptions& options, SplineDirection direction) {
  return {.bins = options.bins,
          .bound = options.bound,
          .smallest_bin = options.smallest_bin,
          .smallest_slope = options.smallest_slope,
          .inverse = direction == SplineDirection::kInverse};
}

}  // namespace

int64_t rational_quadratic_parameters(int64_t bins) {
  return 3 * bins - 1;
}

void require_rational_quadratic(std::string_view who, const RationalQuadraticOptions& options) {
  const std::string why = why_not(spline_of(options, SplineDirection::kForward));
  if (!why.empty()) throw ConfigError(std::string(who) + ": " + why);
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
  const Shape rows{shape[0], shape[1], 1};
  const Tensor of_each = given[0] == shape[0] ? theta : broadcast_to(theta, {shape[0], given[1], given[2]});
  const Tensor mapped = rational_quadratic_spline(reshape(x, rows), of_each, spline_of(options, direction));
  const auto column = [&](int64_t at) {
    return reshape(slice(mapped, {.axis = -1, .start = at, .stop = at + 1}), shape);
  };
  return {column(0), column(1)};
}

}  // namespace elbo::flows
