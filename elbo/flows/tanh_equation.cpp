#include "elbo/flows/tanh_equation.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

// For c ≥ 0, where β ≥ 0.  The left side is concave for m ≥ 0 and convex for m < 0, so Newton's method from below the
// root, or from above it, runs to it without ever crossing; the clamp only holds rounding in check.
Tensor solve_positive(Tensor c, Tensor one_plus, int newton_steps) {
  const Tensor m = one_plus - 1;
  const Tensor bound = c - minimum(m, 0);
  const Tensor from_below = maximum(c / one_plus, c - m);
  // Near the degenerate m = -1 the root grows like a cube root:  β - tanh β ≥ β³/5 for β ≤ 1.
  const Tensor cube_root = select(less_equal(5 * c, 1), pow(5 * c, 1.0 / 3.0), bound);
  const Tensor from_above = minimum(minimum(bound, c / one_plus), cube_root);
  Tensor beta = select(less(m, 0), from_above, from_below);
  for (int step = 0; step < newton_steps; ++step) {
    const Tensor h = tanh(beta);
    const Tensor slope = square(h) + (1 - square(h)) * one_plus;
    beta = minimum(maximum(beta - (beta + m * h - c) / slope, 0), bound);
  }
  return beta;
}

}  // namespace

TanhSolution solve_tanh_equation(Tensor c, Tensor one_plus, int newton_steps) {
  const Tensor positive = solve_positive(stop_gradient(abs(c)), stop_gradient(one_plus), newton_steps);
  const Tensor solution = stop_gradient(sign(c) * positive);
  // One more Newton step, at the solution: it changes no value and has the derivative of the implicit function.
  const Tensor at = tanh(solution);
  const Tensor slope_at = square(at) + (1 - square(at)) * one_plus;
  const Tensor beta = solution - (solution + (one_plus - 1) * at - c) / slope_at;
  const Tensor h = tanh(beta), h2 = square(h);
  return {.beta = beta, .tanh = h, .slope = h2 + (1 - h2) * one_plus};
}

}  // namespace elbo::flows
