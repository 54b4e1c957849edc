#include "elbo/prob/normal.h"

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/location_scale_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

// log p of the draw whose noise is e: the distance to loc is e itself, whatever the scale.
Tensor log_prob_of_noise(Tensor e) {
  return -0.5 * sum_dims(square(e)) - half_log_two_pi(e.shape()[1]);
}

// [n, dim] of a value, without -½ log 2π each.
Tensor terms_without_constant(const Normal& d, Tensor value) {
  const Normal::Scales s = d.scales();
  const int64_t n = require_rows("normal", value, d.event_dim(), d.rows());
  const Tensor e = (value - spread_rows(d.loc, n)) / spread_rows(s.scale, n);
  return -0.5 * square(e) - spread_rows(s.log_scale, n);
}

}  // namespace

Normal::Scales Normal::scales() const {
  require_parameter_rows("normal", "loc", loc);
  if (scale.defined() == log_scale.defined()) {
    throw ConfigError(std::string("normal: ") + (scale.defined() ? "both" : "none") +
                      " of scale and log_scale given, exactly one is required");
  }
  const Shape& given = scale.defined() ? scale.shape() : log_scale.shape();
  if (broadcast(loc.shape(), given) != loc.shape()) {
    throw ShapeError("normal: loc " + to_string(loc.shape()) + " and scale " + to_string(given) +
                     ": the scale must have the shape of loc or broadcast to it");
  }
  if (scale.defined()) return {scale, log_of(scale)};
  return {exp(log_scale), log_scale};
}

int64_t Normal::event_dim() const {
  return require_parameter_rows("normal", "loc", loc)[1];
}
int64_t Normal::rows() const {
  return require_parameter_rows("normal", "loc", loc)[0];
}

Tensor Normal::log_prob(Tensor value) const {
  return sum_dims(terms_without_constant(*this, value)) - half_log_two_pi(event_dim());
}

std::optional<Tensor> Normal::log_prob_terms(Tensor value) const {
  return terms_without_constant(*this, value) - half_log_two_pi(1);
}

Normal Normal::held() const {
  const Scales s = scales();
  return {.loc = hold(loc), .log_scale = hold(s.log_scale), .label = label};
}

Tensor Normal::sample(Graph& graph, int64_t rows) const {
  const Scales s = scales();
  require_row_count("normal", rows, this->rows());
  return spread_rows(loc, rows) + spread_rows(s.scale, rows) * random_normal(graph, {rows, event_dim()});
}

SampleAndLogProb Normal::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Scales s = scales();
  require_row_count("normal", rows, this->rows());
  const Tensor e = random_normal(graph, {rows, event_dim()});
  return {.value = spread_rows(loc, rows) + spread_rows(s.scale, rows) * e,
          .log_prob = sum_dims(-0.5 * square(e) - spread_rows(s.log_scale, rows)) - half_log_two_pi(event_dim())};
}

std::optional<Tensor> Normal::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor Normal::center(Graph& /*graph*/, int64_t rows) const {
  scales();
  require_row_count("normal", rows, this->rows());
  return full_rows(loc, rows, event_dim());
}

std::optional<Tensor> Normal::entropy(Graph& /*graph*/, int64_t rows) const {
  const Scales s = scales();
  require_row_count("normal", rows, this->rows());
  const Tensor log_scales = full_rows(broadcast_to(s.log_scale, loc.shape()), rows, event_dim());
  return sum_dims(log_scales) + (half_log_two_pi(event_dim()) + 0.5 * static_cast<double>(event_dim()));
}

Tensor StandardNormal::log_prob(Tensor value) const {
  require_rows("standard-normal", value, dim, 0);
  return log_prob_of_noise(value);
}

std::optional<Tensor> StandardNormal::log_prob_terms(Tensor value) const {
  require_rows("standard-normal", value, dim, 0);
  return -0.5 * square(value) - half_log_two_pi(1);
}

Tensor StandardNormal::sample(Graph& graph, int64_t rows) const {
  return random_normal(graph, {rows, dim});
}

SampleAndLogProb StandardNormal::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor e = random_normal(graph, {rows, dim});
  return {.value = e, .log_prob = log_prob_of_noise(e)};
}

std::optional<Tensor> StandardNormal::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor StandardNormal::center(Graph& graph, int64_t rows) const {
  return zeros(graph, {rows, dim});
}

std::optional<Tensor> StandardNormal::entropy(Graph& graph, int64_t rows) const {
  return broadcast_to(graph.constant(half_log_two_pi(dim) + 0.5 * static_cast<double>(dim)), {rows});
}

const DistributionFamily kNormalFamily{
    .name = "normal",
    .description = "independent dimensions, a mean and a scale each",
    .paper = "Kingma & Welling 2014",
    .parameters = takes_location_and_scale,
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Normal{.loc = p("loc"), .scale = p("scale")};
    }};

const DistributionFamily kIsotropicNormalFamily{
    .name = "isotropic-normal",
    .description = "independent dimensions, a location each and one scale for all",
    .paper = "",
    .parameters = [](int64_t dim, const Settings& /*settings*/) -> std::vector<ParameterSpec> {
      return {{.name = "loc", .shape = {dim}, .role = Role::kLocation},
              {.name = "scale", .shape = {1}, .role = Role::kScale}};
    },
    .make = [](int64_t /*dim*/, const Settings& /*settings*/, const ParameterTensors& p) -> Distribution {
      return Normal{.loc = p("loc"), .scale = p("scale"), .label = kIsotropicNormalFamily.name};
    }};

const DistributionFamily kStandardNormalFamily{
    .name = "standard-normal",
    .description = "independent, mean 0 and variance 1",
    .paper = "Kingma & Welling 2014",
    .parameters = takes_nothing,
    .make = [](int64_t dim, const Settings& /*settings*/, const ParameterTensors& /*p*/) -> Distribution {
      return StandardNormal{dim};
    }};

}  // namespace elbo::prob
