#include "elbo/prob/laplace.h"

#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/location_scale_internal.h"

namespace elbo::prob {

int64_t Laplace::event_dim() const {
  return require_parameter_rows(name(), "loc", loc)[1];
}

int64_t Laplace::rows() const {
  return require_parameter_rows(name(), "loc", loc)[0];
}

Tensor Laplace::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> Laplace::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const LocationScale own = location_scale(name(), loc, log_scale, n);
  return -abs(own.standardized(value)) - own.log_scale - std::numbers::ln2;
}

Tensor Laplace::sample(Graph& graph, int64_t rows) const {
  return sample_and_log_prob(graph, rows).value;
}

SampleAndLogProb Laplace::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const LocationScale own = location_scale(name(), loc, log_scale, rows);
  const Tensor u = random_uniform(graph, {rows, event_dim()});
  const Tensor size = -log(2 * minimum(u, 1 - u));  // |e|, exact on both sides
  const Tensor e = select(less(u, 0.5), -size, size);
  return {.value = own.from_standard(e), .log_prob = sum_dims(-size - own.log_scale - std::numbers::ln2)};
}

std::optional<Tensor> Laplace::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Laplace::center(Graph& /*graph*/, int64_t rows) const {
  return full_rows(location_scale(name(), loc, log_scale, rows).loc, rows, event_dim());
}

std::optional<Tensor> Laplace::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor log_scales = full_rows(location_scale(name(), loc, log_scale, rows).log_scale, rows, event_dim());
  return sum_dims(log_scales) + (1 + std::numbers::ln2) * static_cast<double>(event_dim());
}

Laplace Laplace::held() const {
  return {.loc = hold(loc), .log_scale = hold(log_scale)};
}

const DistributionFamily kLaplaceFamily{
    .name = "laplace",
    .description =
        "independent dimensions, a location and a scale each: a peak, and tails between those of normal and student-t",
    .paper = "Laplace 1774",
    .parameters = takes_location_and_scale,
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Laplace{.loc = p("loc"), .log_scale = log_of(p("scale"))};
    }};

}  // namespace elbo::prob
