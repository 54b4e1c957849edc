#include "elbo/engine/ops/draw_count.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

constexpr int kMostSteps = 1 << 20;
constexpr double kNothing = 1e-25;  // all counts beyond one of this probability have less than a double can add to 1

// log Γ(r + m) - log Γ(r) - m log r.  For large r by Stirling's series: the two would lose all digits.
double log_rise(double r, double m) {
  if (r < 1e5) return std::lgamma(r + m) - std::lgamma(r) - m * std::log(r);
  return (r + m - 0.5) * std::log1p(m / r) - m + (1 / (r + m) - 1 / r) / 12;
}

double log_probability(double count, double mean, double dispersion) {
  const double poisson = count * std::log(mean) - std::lgamma(count + 1);
  if (dispersion == 0) return poisson - mean;
  const double r = 1 / dispersion;
  return poisson + log_rise(r, count) - (count + r) * std::log1p(mean * dispersion);
}

}  // namespace

double count_of_uniform(double u, double mean, double dispersion) {
  if (!(mean >= 0) || !(dispersion >= 0) || !std::isfinite(mean) || !std::isfinite(dispersion)) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  if (mean == 0) return 0;
  const double spread = mean / (1 + dispersion * mean);
  const auto next_over_own = [&](double count) { return spread * (1 + dispersion * count) / (count + 1); };
  double low = std::max(std::floor(mean * (1 - dispersion)), 0.0), high = low;
  double at_low = std::exp(log_probability(low, mean, dispersion)), at_high = at_low;
  if (u < at_low) return low;
  u -= at_low;
  for (int step = 0; step < kMostSteps && std::max(at_low, at_high) > kNothing; ++step) {
    at_high *= next_over_own(high++);
    if (u < at_high) break;
    u -= at_high;
    if (low == 0) {
      at_low = 0;
      continue;
    }
    at_low /= next_over_own(--low);
    if (u < at_low) return low;
    u -= at_low;
  }
  return high;
}

const OpDef kDrawCount{.name = "draw_count",
                       .inputs = {"uniform", "mean", "dispersion"},
                       .kind = OpKind::kIndexed,
                       .shape =
                           [](const OpCall& call) {
                             if (call.shapes[0] != call.shapes[1] || call.shapes[0] != call.shapes[2]) {
                               call.fail("uniform, mean and dispersion must have one shape");
                             }
                             return call.shapes[0];
                           },
                       .reference =
                           [](const ReferenceCall& call) {
                             for (size_t i = 0; i < call.dst.size(); ++i) {
                               call.dst[i] = count_of_uniform(call.src[0][i], call.src[1][i], call.src[2][i]);
                             }
                           },
                       .derivative = [](const Differentiated&) -> Tensors {
                         return {Tensor{}, Tensor{}, Tensor{}};
                       }};

Tensor draw_count(Tensor uniform, Tensor mean, Tensor dispersion) {
  return uniform.graph().add(kDrawCount, {uniform, mean, dispersion});
}

}  // namespace elbo
