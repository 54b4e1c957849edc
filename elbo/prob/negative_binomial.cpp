#include "elbo/prob/negative_binomial.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/location_scale_internal.h"
#include "elbo/prob/rising_factorial.h"

namespace elbo::prob {

int64_t NegativeBinomial::event_dim() const {
  return require_parameter_rows(name(), "log_mean", log_mean)[1];
}

int64_t NegativeBinomial::rows() const {
  return require_parameter_rows(name(), "log_mean", log_mean)[0];
}

Tensor NegativeBinomial::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> NegativeBinomial::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const auto [log_m, log_s] = location_scale(name(), log_mean, log_scale, n, "log_mean");
  const Tensor m = exp(log_m), r = exp(-2 * log_s);
  return log_rising_factorial(r, value) - log_factorial(value) - r * log1p(m / r) + value * (log_m - log(r + m));
}

Tensor NegativeBinomial::sample(Graph& graph, int64_t rows) const {
  const auto [log_m, log_s] = location_scale(name(), log_mean, log_scale, rows, "log_mean");
  const Tensor means = full_rows(exp(log_m), rows, event_dim());
  const Tensor dispersions = full_rows(exp(2 * log_s), rows, event_dim());
  return draw_count(random_uniform(graph, means.shape()), means, dispersions);
}

SampleAndLogProb NegativeBinomial::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> NegativeBinomial::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor NegativeBinomial::center(Graph& /*graph*/, int64_t rows) const {
  require_row_count(name(), rows, this->rows());
  return exp(full_rows(log_mean, rows, event_dim()));
}

std::optional<Tensor> NegativeBinomial::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

NegativeBinomial NegativeBinomial::held() const {
  return {.log_mean = hold(log_mean), .log_scale = hold(log_scale)};
}

const DistributionFamily kNegativeBinomialFamily{
    .name = "negative-binomial",
    .description = "counts by the logs of their means, and a scale: the deviation of their rates, relative to the mean",
    .paper = "Lopez et al. 2018",
    .values = Values::kCounts,
    .reparameterised = false,
    .is_density = false,
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      return {{.name = "log_mean", .shape = {dim}, .role = Role::kFree},
              {.name = "scale", .shape = {dim}, .role = Role::kScale}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return NegativeBinomial{.log_mean = p("log_mean"), .log_scale = log_of(p("scale"))};
    }};

}  // namespace elbo::prob
