#include "elbo/flows/batch_norm.h"

#include <algorithm>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

BatchNorm::BatchNorm(const nn::Parameters& scope, const BatchNormOptions& options)
    : path_(scope.path()), options_(options) {
  const BatchNormOptions& o = options_;
  if (o.dim < 1 || !(o.momentum > 0 && o.momentum <= 1) || !(o.epsilon > 0)) {
    throw ConfigError("batch-norm at " + path_ + ": dim = " + std::to_string(o.dim) +
                      ", momentum = " + std::to_string(o.momentum) + ", epsilon = " + std::to_string(o.epsilon) +
                      ": at least 1, within (0, 1] and above 0 are required");
  }
  beta_ = scope.get("beta", {.shape = {o.dim}});
  gamma_ = scope.get("gamma", {.shape = {o.dim}});
  mean_ = scope.get("running_mean", {.shape = {o.dim}, .trainable = false});
  variance_ = scope.get("running_variance", {.shape = {o.dim}, .init = nn::init::constant(1), .trainable = false});
}

BatchNorm::Statistics BatchNorm::running(Graph& graph) const {
  return {graph.variable(mean_), graph.variable(variance_)};
}

BatchNorm::Statistics BatchNorm::of_batch(Tensor y) const {
  const Tensor mean = elbo::mean(y, {.axes = {0}});
  const Tensor variance = elbo::mean(square(y - mean), {.axes = {0}});
  Graph& graph = y.graph();
  // A graph that maps several batches (real and sampled ones) follows the first.
  const bool followed = std::any_of(graph.updates().begin(), graph.updates().end(),
                                    [&](const Graph::Update& update) { return update.variable == mean_; });
  if (!followed) {
    const auto follow = [&](const VariablePtr& variable, Tensor now) {
      const Tensor before = graph.variable(variable);
      graph.update(variable, before + options_.momentum * (stop_gradient(now) - before));
    };
    follow(mean_, mean);
    follow(variance_, variance);
  }
  return {mean, variance};
}

TransformResult BatchNorm::inverse(Tensor y, Tensor /*context*/) const {
  Graph& graph = y.graph();
  if (graph.training() && y.shape()[0] < 2) {
    throw ConfigError("batch-norm at " + path_ +
                      ": a batch of one row has no deviation to divide by; train.batch_size must be at least 2");
  }
  const Graph::ScopeGuard scope = graph.scope(path_);
  const auto [mean, variance] = graph.training() ? of_batch(y) : running(graph);
  const Tensor log_scale = graph.variable(gamma_) - 0.5 * log(variance + options_.epsilon);
  return {.y = graph.variable(beta_) + (y - mean) * exp(log_scale),
          .log_abs_det = broadcast_to(sum(log_scale), {y.shape()[0]})};
}

TransformResult BatchNorm::forward(Tensor z, Tensor /*context*/) const {
  Graph& graph = z.graph();
  if (graph.training()) {
    throw ConfigError("batch-norm at " + path_ +
                      ": its statistics are those of rows on their way from data to base; a flow that is trained by "
                      "its own draws (a posterior, a reverse KL) has none; use actnorm or none");
  }
  const Graph::ScopeGuard scope = graph.scope(path_);
  const auto [mean, variance] = running(graph);
  const Tensor log_scale = 0.5 * log(variance + options_.epsilon) - graph.variable(gamma_);
  return {.y = mean + (z - graph.variable(beta_)) * exp(log_scale),
          .log_abs_det = broadcast_to(sum(log_scale), {z.shape()[0]})};
}

const FlowFamily kBatchNormFamily{
    .name = "batch-norm",
    .description = "columns standardised by the batch, by running statistics later",
    .paper = "Dinh, Sohl-Dickstein & Bengio 2017",
    .settings = {Number{.key = "momentum",
                        .value = BatchNormOptions{}.momentum,
                        .meaning = "part of a batch's statistics in the running ones",
                        .limits = {.above = 0, .at_most = 1}},
                 Number{.key = "epsilon",
                        .value = BatchNormOptions{}.epsilon,
                        .meaning = "added to the variances",
                        .limits = {.above = 0}}},
    .make = [](const FlowSite& site, const Settings& s) -> prob::AnyTransform {
      return BatchNorm{site.scope, {.dim = site.dim, .momentum = s.number("momentum"), .epsilon = s.number("epsilon")}};
    }};

}  // namespace elbo::flows
