#include "elbo/prob/logistic.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/location_scale_internal.h"

namespace elbo::prob {

int64_t Logistic::event_dim() const {
  return require_parameter_rows(name(), "loc", loc)[1];
}

int64_t Logistic::rows() const {
  return require_parameter_rows(name(), "loc", loc)[0];
}

Tensor Logistic::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> Logistic::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const LocationScale own = location_scale(name(), loc, log_scale, n);
  const Tensor e = own.standardized(value);
  return log_sigmoid(e) + log_sigmoid(-e) - own.log_scale;
}

Tensor Logistic::sample(Graph& graph, int64_t rows) const {
  return sample_and_log_prob(graph, rows).value;
}

SampleAndLogProb Logistic::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const LocationScale own = location_scale(name(), loc, log_scale, rows);
  const Tensor u = random_uniform(graph, {rows, event_dim()});
  const Tensor below = log(u), above = log1p(-u);
  return {.value = own.from_standard(below - above), .log_prob = sum_dims(below + above - own.log_scale)};
}

std::optional<Tensor> Logistic::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Logistic::center(Graph& /*graph*/, int64_t rows) const {
  return full_rows(location_scale(name(), loc, log_scale, rows).loc, rows, event_dim());
}

std::optional<Tensor> Logistic::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor log_scales = full_rows(location_scale(name(), loc, log_scale, rows).log_scale, rows, event_dim());
  return sum_dims(log_scales) + 2 * static_cast<double>(event_dim());
}

Logistic Logistic::held() const {
  return {.loc = hold(loc), .log_scale = hold(log_scale)};
}

const DistributionFamily kLogisticFamily{
    .name = "logistic",
    .description = "independent dimensions, a location and a scale each: normal in the middle, with heavier tails",
    .paper = "Dinh et al. 2015",
    .parameters = takes_location_and_scale,
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Logistic{.loc = p("loc"), .log_scale = log_of(p("scale"))};
    }};

}  // namespace elbo::prob
