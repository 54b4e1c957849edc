// The discretized logistic distribution of one dimension: what it and its mixture are made of.  Element-wise.
#pragma once

#include "elbo/engine/ops.h"

namespace elbo::prob {

struct LevelScale {
  int64_t levels = 256;

  double highest() const { return static_cast<double>(levels - 1); }
  Tensor to_unit(Tensor level) const { return level * (2 / highest()) - 1; }                    // onto [-1, 1]
  Tensor to_level(Tensor x) const { return clamp((x + 1) * (0.5 * highest()), 0, highest()); }  // not rounded
  Tensor to_nearest(Tensor x) const { return floor(to_level(x) + 0.5); }
};

// log p(level).  With a and b, a > b, the bounds of the level, standardized:
//   σ(a) - σ(b) = σ(a) σ(-b) (1 - exp(b - a))
// which has no difference of near numbers; for the lowest level b is -∞, for the highest a is ∞.
inline Tensor log_probability_of_level(Tensor level, Tensor loc, Tensor log_scale, const LevelScale& scale) {
  const double half = 1 / scale.highest();
  const Tensor per_scale = exp(-log_scale), away = scale.to_unit(level) - loc;
  const Tensor is_lowest = less(level, 0.5), is_highest = less(scale.highest() - 0.5, level);
  const Tensor below_upper = log_sigmoid((away + half) * per_scale);
  const Tensor above_lower = log_sigmoid((half - away) * per_scale);
  const Tensor width = log(-expm1(-2 * half * per_scale));
  return select(is_lowest, below_upper, select(is_highest, above_lower, below_upper + above_lower + width));
}

inline Tensor standard_logistic_draw(Graph& graph, const Shape& shape) {
  const Tensor u = random_uniform(graph, shape);
  return log(u) - log1p(-u);
}

}  // namespace elbo::prob
