#include "elbo/prob/categorical.h"

#include "elbo/prob/choice_internal.h"
#include "elbo/prob/family.h"
#include "elbo/prob/levels_internal.h"
#include "elbo/prob/terms_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

Shape shape_of_logits(const Categorical& d) {
  if (!d.logits.defined() || d.logits.shape().rank() != 3) {
    throw ShapeError("categorical: logits " + (d.logits.defined() ? to_string(d.logits.shape()) : "are missing") +
                     ", [batch, dim, levels] are required");
  }
  return d.logits.shape();
}

// [rows, dim, levels]
Tensor logits_of_rows(const Categorical& d, int64_t rows) {
  const Shape own = shape_of_logits(d);
  require_row_count(d.name(), rows, own[0]);
  const Tensor spread = spread_rows(d.logits, rows);
  return spread.shape()[0] == rows ? spread : broadcast_to(spread, {rows, own[1], own[2]});
}

}  // namespace

int64_t Categorical::event_dim() const {
  return shape_of_logits(*this)[1];
}

int64_t Categorical::rows() const {
  return shape_of_logits(*this)[0];
}

Tensor Categorical::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> Categorical::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const Tensor l = logits_of_rows(*this, n);
  const Tensor is_it = equal(reshape(value, {n, event_dim(), 1}), level_numbers(value.graph(), l.shape()[2]));
  return sum(select(is_it, l, 0.0), {.axes = {-1}}) - log_sum_exp(l, {.axes = {-1}});
}

Tensor Categorical::sample(Graph& graph, int64_t rows) const {
  const Tensor log_p = log_softmax(logits_of_rows(*this, rows));
  return sum_dims(reached_by(log_p, random_uniform(graph, {rows, event_dim(), 1}))) - 1;
}

SampleAndLogProb Categorical::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> Categorical::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Categorical::center(Graph& graph, int64_t rows) const {
  const Tensor l = logits_of_rows(*this, rows);
  return sum_dims(exp(log_softmax(l)) * level_numbers(graph, l.shape()[2]));
}

std::optional<Tensor> Categorical::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor log_p = log_softmax(logits_of_rows(*this, rows));
  return -sum(exp(log_p) * log_p, {.axes = {-2, -1}});
}

Categorical Categorical::held() const {
  return {.logits = hold(logits)};
}

const DistributionFamily kCategoricalFamily{
    .name = "categorical",
    .description = "levels, a logit each: any distribution of grey values, by 256 numbers a pixel",
    .paper = "van den Oord et al. 2016",
    .settings = {levels_option()},
    .values = Values::kLevels,
    .reparameterised = false,
    .is_density = false,
    .parameters = [](int64_t dim, const Settings& settings) -> std::vector<ParameterSpec> {
      return {{.name = "logits", .shape = {dim, settings.integer("levels")}, .role = Role::kLogits}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Categorical{.logits = p("logits")};
    }};

}  // namespace elbo::prob
