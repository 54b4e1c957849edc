#include "elbo/prob/mixture_of_gaussians.h"

#include <cmath>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

constexpr std::string_view kMixtureName = "mixture-of-gaussians";

struct Extents {
  int64_t batch = 0, components = 0, dim = 0;
};

Extents extents_of(const MixtureOfGaussians& d) {
  const Shape logits = require_parameter_rows(kMixtureName, "logits", d.logits);
  if (!d.loc.defined() || !d.log_scale.defined()) {
    throw ShapeError("mixture-of-gaussians: loc or log_scale is missing, both are required");
  }
  const Shape loc = d.loc.shape();
  const bool fits = loc.rank() == 3 && loc[0] == logits[0] && loc[1] == logits[1];
  if (!fits || broadcast(loc, d.log_scale.shape()) != loc) {
    throw ShapeError("mixture-of-gaussians: logits " + to_string(logits) + ", loc " + to_string(loc) +
                     " and log_scale " + to_string(d.log_scale.shape()) +
                     ": [batch, components], [batch, components, dim] and a shape that broadcasts to it are required");
  }
  return {loc[0], loc[1], loc[2]};
}

Tensor log_weights(Tensor logits) {
  return logits - log_sum_exp(logits, {.axes = {-1}, .keep = true});
}

// Parameters of rank 3 for the rows of a value.
Tensor spread(Tensor parameter, const Extents& e, int64_t rows) {
  const Shape own{e.batch, e.components, e.dim};
  return spread_rows(parameter.shape() == own ? parameter : broadcast_to(parameter, own), rows);
}

}  // namespace

int64_t MixtureOfGaussians::event_dim() const {
  return extents_of(*this).dim;
}

int64_t MixtureOfGaussians::rows() const {
  return extents_of(*this).batch;
}

Tensor MixtureOfGaussians::log_prob(Tensor value) const {
  const Extents e = extents_of(*this);
  const int64_t n = require_rows(kMixtureName, value, e.dim, e.batch);
  const Tensor log_scales = spread(log_scale, e, n);
  const Tensor away = (reshape(value, {n, 1, e.dim}) - spread(loc, e, n)) * exp(-log_scales);
  const Tensor each = sum(-0.5 * square(away) - log_scales, {.axes = {-1}});  // [n, components]
  const double constant = 0.5 * std::log(2 * std::numbers::pi) * static_cast<double>(e.dim);
  return log_sum_exp(each + spread_rows(log_weights(logits), n), {.axes = {-1}}) - constant;
}

// The component is the first whose cumulative weight reaches a uniform draw.
Tensor MixtureOfGaussians::sample(Graph& graph, int64_t rows) const {
  const Extents e = extents_of(*this);
  require_row_count(kMixtureName, rows, e.batch);
  const Tensor weights = spread_rows(exp(log_weights(logits)), rows);
  const Tensor below = cumsum(weights, {.exclusive = true});
  const Tensor u = random_uniform(graph, {rows, 1});
  const Tensor reached = broadcast_to(less_equal(below, u), {rows, e.components});  // ones, then zeros
  Tensor chosen = reached;
  if (e.components > 1) {
    const Tensor next = slice(reached, {.axis = 1, .start = 1, .stop = e.components});
    chosen = reached - pad(next, {.axis = 1, .after = 1});
  }
  const Tensor component = reshape(stop_gradient(chosen), {rows, e.components, 1});
  const auto pick = [&](Tensor parameter) { return sum(component * spread(parameter, e, rows), {.axes = {1}}); };
  return pick(loc) + exp(pick(log_scale)) * random_normal(graph, {rows, e.dim});
}

SampleAndLogProb MixtureOfGaussians::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> MixtureOfGaussians::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor MixtureOfGaussians::center(Graph& /*graph*/, int64_t rows) const {
  const Extents e = extents_of(*this);
  require_row_count(kMixtureName, rows, e.batch);
  const Tensor weights = reshape(exp(log_weights(logits)), {e.batch, e.components, 1});
  const Tensor mean = spread_rows(sum(weights * loc, {.axes = {1}}), rows);
  return mean.shape()[0] == rows ? mean : broadcast_to(mean, {rows, e.dim});
}

std::optional<Tensor> MixtureOfGaussians::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

}  // namespace elbo::prob
