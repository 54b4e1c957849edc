#include "elbo/flows/dsf.h"

#include <cmath>

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

constexpr int64_t kUnits = 8;
// a_j is at least this, so that tails are never flat and the bracket of the solve is finite.
constexpr double kSmallestSlope = 1e-3;
constexpr int kSolveSteps = 30;    // full f64 precision for a_j from 1e-3 to 100, b_j within hundreds
constexpr double kArrived = 1e-6;  // of Newton's move, relative: from here it needs no guard

const Reduce kLast{.axes = {-1}, .keep = true};

// [rows, n, units] each.
struct Units {
  Tensor slope;       // a_j
  Tensor shift;       // b_j
  Tensor log_weight;  // log w_j
};

Units units_of(Tensor theta) {
  const int64_t count = theta.shape().last(0) / 3;
  const Tensors raw = split(theta, {count, count, count}, -1);
  return {kSmallestSlope + softplus(raw[0]), raw[1], raw[2] - log_sum_exp(raw[2], kLast)};
}

// [rows, n, 1] each.
struct Value {
  Tensor y, log_slope;
};

Value evaluate(const Units& u, Tensor x) {
  const Tensor c = u.slope * x + u.shift;
  const Tensor log_on = log_sigmoid(c), log_off = log_on - c;  // log σ(c), log σ(-c)
  const Tensor on = u.log_weight + log_on;
  const Tensor log_p = log_sum_exp(on, kLast), log_q = log_sum_exp(u.log_weight + log_off, kLast);
  return {log_p - log_q, log_sum_exp(on + log_off + log(u.slope), kLast) - log_p - log_q};
}

// Newton's method within a bracket that shrinks at each step; half the bracket where Newton leaves it or does not
// halve the step before last.
Tensor solve(const Units& u, Tensor y) {
  const Tensor each = (y - u.shift) / u.slope;  // where unit j alone would be y
  Tensor low = reduce_min(each, kLast), high = reduce_max(each, kLast);
  Tensor x = 0.5 * (low + high), step = high - low, step_before = step;
  for (int i = 0; i < kSolveSteps; ++i) {
    const auto [at, log_slope] = evaluate(u, x);
    const Tensor excess = at - y, slope = exp(log_slope), below = less(excess, 0);
    low = select(below, x, low);
    high = select(below, high, x);
    // A comparison with NaN is false: where the slope vanishes, the bracket is halved.
    const Tensor move = excess / slope, newton = x - move;
    const Tensor inside = less_equal(low, newton) * less_equal(newton, high);
    const Tensor faster = less_equal(2 * abs(move), abs(step_before));
    // At the root rounding alone would fail both tests.
    const Tensor arrived = less_equal(abs(move), kArrived * (1 + abs(x)));
    const Tensor next =
        select(maximum(inside * faster, arrived), minimum(maximum(newton, low), high), 0.5 * (low + high));
    step_before = step;
    step = next - x;
    x = next;
  }
  return x;
}

Tensor as_elements(Tensor x) {
  return reshape(x, {x.shape()[0], x.shape()[1], 1});
}

Tensor theta_by_column(Tensor x, Tensor theta) {
  const int64_t n = x.shape()[1];
  return reshape(theta, {x.shape()[0], n, theta.shape()[1] / n});
}

}  // namespace

MappedColumns deep_sigmoid(Tensor x, Tensor theta) {
  const auto [y, log_slope] = evaluate(units_of(theta), as_elements(x));
  return {.y = reshape(y, x.shape()), .log_slope = reshape(log_slope, x.shape())};
}

MappedColumns deep_sigmoid_inverse(Tensor y, Tensor theta) {
  const Units units = units_of(theta);
  const Units fixed{stop_gradient(units.slope), stop_gradient(units.shift), stop_gradient(units.log_weight)};
  const Tensor wanted = as_elements(y);
  const Tensor root = stop_gradient(solve(fixed, stop_gradient(wanted)));
  // Adds 0, with the derivative of the implicit function.
  const auto [at, slope_at] = evaluate(units, root);
  const Tensor excess = at - wanted;
  const Tensor x = root - (excess - stop_gradient(excess)) * stop_gradient(exp(-slope_at));
  const Tensor log_slope = -evaluate(units, x).log_slope;
  return {.y = reshape(x, y.shape()), .log_slope = reshape(log_slope, y.shape())};
}

ColumnMap deep_sigmoidal_map(int64_t units) {
  // a_j = 1, equal weights, shifts spread over the bulk of a standard normal.
  std::vector<double> initial(static_cast<size_t>(3 * units), 0.0);
  for (int64_t j = 0; j < units; ++j) {
    initial[static_cast<size_t>(j)] = std::log(std::expm1(1 - kSmallestSlope));
    initial[static_cast<size_t>(units + j)] =
        units == 1 ? 0 : 2 * static_cast<double>(j) / static_cast<double>(units - 1) - 1;
  }
  return {.name = "deep-sigmoidal",
          .parameters = 3 * units,
          .layout = nn::OutputLayout::kByColumn,
          .forward = [](Tensor x, Tensor theta) { return deep_sigmoid_inverse(x, theta_by_column(x, theta)); },
          .inverse = [](Tensor y, Tensor theta) { return deep_sigmoid(y, theta_by_column(y, theta)); },
          .initial = initial};
}

const FlowFamily kDsfFamily{
    .name = "dsf",
    .description = "deep sigmoidal: a monotone network for each column; universal, for densities",
    .paper = "Huang, Krueger, Lacoste & Courville 2018",
    .settings = joined(autoregressive_settings(), {Integer{.key = "units",
                                                           .value = kUnits,
                                                           .meaning = "sigmoids of a column's network",
                                                           .limits = {.at_least = 1, .at_most = 512}}}),
    .fast_direction = prob::FastDirection::kInverse,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return autoregressive_flow("dsf", deep_sigmoidal_map(s.integer("units")), NetworkSees::kData, site, s);
    }};

}  // namespace elbo::flows
