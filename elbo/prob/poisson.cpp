#include "elbo/prob/poisson.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rising_factorial.h"
#include "elbo/prob/terms_internal.h"

namespace elbo::prob {

namespace {

Tensor log_rates(const Poisson& d, int64_t rows) {
  require_row_count(d.name(), rows, d.rows());
  return full_rows(d.log_rate, rows, d.event_dim());
}

}  // namespace

int64_t Poisson::event_dim() const {
  return require_parameter_rows(name(), "log_rate", log_rate)[1];
}

int64_t Poisson::rows() const {
  return require_parameter_rows(name(), "log_rate", log_rate)[0];
}

Tensor Poisson::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> Poisson::log_prob_terms(Tensor value) const {
  const Tensor t = log_rates(*this, require_rows(name(), value, event_dim(), rows()));
  return value * t - exp(t) - log_factorial(value);
}

Tensor Poisson::sample(Graph& graph, int64_t rows) const {
  const Tensor rates = exp(log_rates(*this, rows));
  return draw_count(random_uniform(graph, rates.shape()), rates, zeros(graph, rates.shape()));
}

SampleAndLogProb Poisson::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> Poisson::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Poisson::center(Graph& /*graph*/, int64_t rows) const {
  return exp(log_rates(*this, rows));
}

std::optional<Tensor> Poisson::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

Poisson Poisson::held() const {
  return {.log_rate = hold(log_rate)};
}

const DistributionFamily kPoissonFamily{
    .name = "poisson",
    .description = "counts by the logs of their rates, which are mean and variance",
    .paper = "Poisson 1837",
    .values = Values::kCounts,
    .reparameterised = false,
    .is_density = false,
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      return {{.name = "log_rate", .shape = {dim}, .role = Role::kFree}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Poisson{.log_rate = p("log_rate")};
    }};

}  // namespace elbo::prob
