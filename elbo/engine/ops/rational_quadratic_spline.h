// What the two rows of the rational-quadratic spline keep in their attributes.
#pragma once

#include "elbo/engine/graph.h"
#include "elbo/engine/ops.h"

namespace elbo {

// Under the root of the inverse: its exact value is a square of something above 0, rounding may not be.
constexpr double kSmallestDiscriminant = 1e-30;
// Under a divisor of it, which is at least the product of the least height and the least slope of a chord.
constexpr double kSmallestDivisor = 1e-10;

// integers: {bins, inverse}; numbers: {bound, smallest_bin, smallest_slope}.
Attributes attributes_of(const RationalQuadraticSpline& spline);
RationalQuadraticSpline spline_of(const Attributes& attributes);

// What is added to a raw slope before its softplus, so that 0 makes a slope of 1.
double slope_unit(const RationalQuadraticSpline& spline);

}  // namespace elbo
