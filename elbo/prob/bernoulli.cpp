#include "elbo/prob/bernoulli.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"

namespace elbo::prob {

namespace {

Tensor rows_of_logits(const Bernoulli& d, int64_t rows) {
  require_row_count("bernoulli", rows, d.rows());
  return repeat_rows(d.logits, d.rows() > 0 ? rows / d.rows() : 1);
}

}  // namespace

int64_t Bernoulli::event_dim() const {
  return require_parameter_rows("bernoulli", "logits", logits)[1];
}
int64_t Bernoulli::rows() const {
  return require_parameter_rows("bernoulli", "logits", logits)[0];
}

Tensor Bernoulli::log_prob(Tensor value) const {
  return sum(*log_prob_terms(value), {.axes = {-1}});
}

std::optional<Tensor> Bernoulli::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows("bernoulli", value, event_dim(), rows());
  const Tensor l = rows_of_logits(*this, n);
  return value * l - softplus(l);
}

Bernoulli Bernoulli::held() const {
  return {.logits = hold(logits)};
}

Tensor Bernoulli::sample(Graph& graph, int64_t rows) const {
  const Tensor probabilities = sigmoid(rows_of_logits(*this, rows));
  return less(random_uniform(graph, probabilities.shape()), probabilities);
}

SampleAndLogProb Bernoulli::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> Bernoulli::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Bernoulli::center(Graph& /*graph*/, int64_t rows) const {
  return sigmoid(rows_of_logits(*this, rows));
}

std::optional<Tensor> Bernoulli::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor l = rows_of_logits(*this, rows);
  return sum(softplus(l) - l * sigmoid(l), {.axes = {-1}});
}

const DistributionFamily kBernoulliFamily{
    .name = "bernoulli",
    .description = "values in [0, 1] by logits; grey values count as means",
    .paper = "Kingma & Welling 2014",
    .values = Values::kUnit,
    .reparameterised = false,
    .is_density = false,
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      return {{.name = "logits", .shape = {dim}, .role = Role::kLogits}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Bernoulli{.logits = p("logits")};
    }};

}  // namespace elbo::prob
