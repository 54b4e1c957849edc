// Rational-quadratic spline: a monotone map of single numbers on [-bound, bound], the identity outside it
//                                                                              Durkan et al. (2019), section 3.1
//
//   g(ξ) = y_k + h_k (s ξ² + d_k ξ(1 - ξ)) / (s + (d_k + d_{k+1} - 2s) ξ(1 - ξ)),   ξ = (x - x_k)/w_k,  s = h_k/w_k
//   inverse: ξ = 2c / (-b - √(b² - 4ac)) = (-b + √(b² - 4ac)) / 2a, the form that loses no digits     eq. 4-8
//
//   const auto [y, log_slope] = rational_quadratic(x, theta, {.bins = 8, .bound = 5}, SplineDirection::kForward);
//
// theta's last axis holds what makes the knots: K widths, K heights, K - 1 inner slopes, all real; zeros make the
// identity.  Slopes at ±bound are 1, so the derivative is continuous.  Both directions are closed form.
#pragma once

#include <cstdint>
#include <string_view>

#include "elbo/engine/graph.h"

namespace elbo::flows {

struct RationalQuadraticOptions {
  int64_t bins = 8;
  double bound = 5;            // the spline lives on [-bound, bound]
  double smallest_bin = 1e-3;  // least width and height of a bin, as a part of the whole
  double smallest_slope = 1e-3;
};

enum class SplineDirection : uint8_t { kForward, kInverse };

struct SplineResult {
  Tensor y;
  Tensor log_slope;  // log dy/dx of the direction taken, element by element
};

// Numbers an element needs: 3 bins - 1.
int64_t rational_quadratic_parameters(int64_t bins);

// Throws ConfigError naming `who` for bins below 1, a bound that is not above 0, or more bins than fit.
void require_rational_quadratic(std::string_view who, const RationalQuadraticOptions& options);

// x [rows, dim]; theta [rows or 1, dim, 3 bins - 1].  Both results have the shape of x.
SplineResult rational_quadratic(Tensor x, Tensor theta, const RationalQuadraticOptions& options,
                                SplineDirection direction);

}  // namespace elbo::flows
