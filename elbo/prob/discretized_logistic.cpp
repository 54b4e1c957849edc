#include "elbo/prob/discretized_logistic.h"

#include "elbo/prob/discretized_internal.h"
#include "elbo/prob/family.h"
#include "elbo/prob/levels_internal.h"
#include "elbo/prob/location_scale_internal.h"

namespace elbo::prob {

int64_t DiscretizedLogistic::event_dim() const {
  return require_parameter_rows(name(), "loc", loc)[1];
}

int64_t DiscretizedLogistic::rows() const {
  return require_parameter_rows(name(), "loc", loc)[0];
}

Tensor DiscretizedLogistic::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> DiscretizedLogistic::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const LocationScale own = location_scale(name(), loc, log_scale, n);
  return log_probability_of_level(value, own.loc, own.log_scale, {levels});
}

Tensor DiscretizedLogistic::sample(Graph& graph, int64_t rows) const {
  const LocationScale own = location_scale(name(), loc, log_scale, rows);
  return LevelScale{levels}.to_nearest(own.from_standard(standard_logistic_draw(graph, {rows, event_dim()})));
}

SampleAndLogProb DiscretizedLogistic::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> DiscretizedLogistic::mean(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

Tensor DiscretizedLogistic::center(Graph& /*graph*/, int64_t rows) const {
  return LevelScale{levels}.to_level(full_rows(location_scale(name(), loc, log_scale, rows).loc, rows, event_dim()));
}

std::optional<Tensor> DiscretizedLogistic::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

DiscretizedLogistic DiscretizedLogistic::held() const {
  return {.loc = hold(loc), .log_scale = hold(log_scale), .levels = levels};
}

const DistributionFamily kDiscretizedLogisticFamily{
    .name = "discretized-logistic",
    .description = "levels, by a location and a scale each on [-1, 1]: a logistic variable, rounded",
    .paper = "Kingma et al. 2016",
    .settings = {levels_option()},
    .values = Values::kLevels,
    .reparameterised = false,
    .is_density = false,
    .parameters = takes_location_and_scale,
    .make = [](int64_t /*dim*/, const Settings& settings, const ParameterTensors& p) -> Distribution {
      return DiscretizedLogistic{
          .loc = p("loc"), .log_scale = log_of(p("scale")), .levels = settings.integer("levels")};
    }};

}  // namespace elbo::prob
