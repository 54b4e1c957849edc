// A choice along the last axis by a uniform draw: the first place whose cumulative weight reaches it.
#pragma once

#include "elbo/engine/ops.h"

namespace elbo::prob {

// Ones up to the place that is chosen, then zeros.  log_weights [..., n] of sum 1; uniform [..., 1], to whose leading
// axes they broadcast.
inline Tensor reached_by(Tensor log_weights, Tensor uniform) {
  const Tensor reached = less_equal(cumsum(exp(log_weights), {.exclusive = true}), uniform);
  const Shape shape = *broadcast(log_weights.shape(), uniform.shape());
  return reached.shape() == shape ? reached : broadcast_to(reached, shape);
}

// A one at the place that is chosen, and zeros.
inline Tensor chosen_by(Tensor log_weights, Tensor uniform) {
  const Tensor reached = reached_by(log_weights, uniform);
  const int64_t n = reached.shape().last(0);
  return n == 1 ? reached : reached - pad(slice(reached, {.start = 1, .stop = n}), {.after = 1});
}

// Weights to probabilities of sum 1, along the last axis.
inline Tensor log_softmax(Tensor logits) {
  return logits - log_sum_exp(logits, {.axes = {-1}, .keep = true});
}

}  // namespace elbo::prob
