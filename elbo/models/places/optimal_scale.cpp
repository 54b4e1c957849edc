#include "elbo/models/places/optimal_scale.h"

#include <algorithm>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"

namespace elbo::models {

namespace {

constexpr double kShareOfBatch = 0.01;  // in the running mean, once more batches than its inverse were seen
constexpr double kLeastSquare = 1e-12;  // where every value is met exactly

}  // namespace

OptimalScaleNormal OptimalScaleNormal::held() const {
  return {.loc = prob::hold(loc), .mean_square = mean_square, .floor = floor, .is_held = true};
}

prob::Normal OptimalScaleNormal::with(Tensor square_of_scale) const {
  const Tensor scale = sqrt(maximum(square_of_scale, kLeastSquare)) + floor;
  return {.loc = loc, .scale = is_held ? stop_gradient(scale) : scale};
}

prob::Normal OptimalScaleNormal::known() const {
  return with(loc.graph().variable(mean_square));
}

prob::Normal OptimalScaleNormal::of(Tensor value) const {
  Graph& graph = value.graph();
  if (!graph.training()) return known();
  const int64_t n = prob::require_rows(name(), value, event_dim(), rows());
  const Tensor now = reshape(elbo::mean(square(value - prob::spread_rows(loc, n))), {1});
  // A graph that scores several batches follows the first.
  const bool followed = std::any_of(graph.updates().begin(), graph.updates().end(),
                                    [&](const Graph::Update& update) { return update.variable == mean_square; });
  if (!followed) {
    const Tensor before = graph.variable(mean_square);
    const Tensor share = maximum(1 / (step_number(graph) + 1), kShareOfBatch);  // the mean of all, at first
    graph.update(mean_square, before + share * (stop_gradient(now) - before));
  }
  return with(now);
}

}  // namespace elbo::models
