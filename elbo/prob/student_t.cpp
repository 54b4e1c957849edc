#include "elbo/prob/student_t.h"

#include <cmath>
#include <numbers>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/location_scale_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

constexpr double kFewestDegrees = 0.5;

void require_degrees(std::string_view who, double degrees) {
  if (!(degrees >= kFewestDegrees) || !std::isfinite(degrees)) {
    throw ConfigError(std::string(who) + ": degrees = " + std::to_string(degrees) + ", at least 0.5 is required");
  }
}

// ψ(x), the derivative of log Γ, for x > 0: up by the recurrence, then the asymptotic series.
double digamma(double x) {
  double result = 0;
  for (; x < 10; x += 1) result -= 1 / x;
  const double r = 1 / (x * x);
  return result + std::log(x) - 0.5 / x -
         r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240 - r * (1.0 / 132)))));
}

// log of the constant in front, for one dimension.
double log_constant(double nu) {
  return std::lgamma(0.5 * (nu + 1)) - std::lgamma(0.5 * nu) - 0.5 * std::log(nu * std::numbers::pi);
}

double standard_entropy(double nu) {
  return 0.5 * (nu + 1) * (digamma(0.5 * (nu + 1)) - digamma(0.5 * nu)) - log_constant(nu);
}

// Of e, for each dimension.
Tensor log_density(Tensor e, double nu) {
  return log_constant(nu) - 0.5 * (nu + 1) * log1p(square(e) / nu);
}

Tensor standard_draw(Graph& graph, const Shape& shape, double nu) {
  const Tensor radius = sqrt(nu * expm1((-2 / nu) * log(random_uniform(graph, shape))));
  return radius * cos(2 * std::numbers::pi * random_uniform(graph, shape));
}

LocationScale parts_of(const StudentT& d, int64_t rows) {
  require_degrees(d.name(), d.degrees);
  return location_scale(d.name(), d.loc, d.log_scale, rows);
}

}  // namespace

int64_t StudentT::event_dim() const {
  return require_parameter_rows(name(), "loc", loc)[1];
}

int64_t StudentT::rows() const {
  return require_parameter_rows(name(), "loc", loc)[0];
}

Tensor StudentT::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> StudentT::log_prob_terms(Tensor value) const {
  const LocationScale own = parts_of(*this, require_rows(name(), value, event_dim(), rows()));
  return log_density(own.standardized(value), degrees) - own.log_scale;
}

StudentT StudentT::held() const {
  return {.loc = hold(loc), .log_scale = hold(log_scale), .degrees = degrees};
}

Tensor StudentT::sample(Graph& graph, int64_t rows) const {
  return sample_and_log_prob(graph, rows).value;
}

SampleAndLogProb StudentT::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const LocationScale own = parts_of(*this, rows);
  const Tensor e = standard_draw(graph, {rows, event_dim()}, degrees);
  return {.value = own.from_standard(e), .log_prob = sum_dims(log_density(e, degrees) - own.log_scale)};
}

std::optional<Tensor> StudentT::mean(Graph& graph, int64_t rows) const {
  if (degrees <= 1) return std::nullopt;
  return center(graph, rows);
}

Tensor StudentT::center(Graph& /*graph*/, int64_t rows) const {
  return full_rows(parts_of(*this, rows).loc, rows, event_dim());
}

std::optional<Tensor> StudentT::entropy(Graph& /*graph*/, int64_t rows) const {
  const Tensor log_scales = full_rows(parts_of(*this, rows).log_scale, rows, event_dim());
  return sum_dims(log_scales) + static_cast<double>(event_dim()) * standard_entropy(degrees);
}

Tensor StandardStudentT::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> StandardStudentT::log_prob_terms(Tensor value) const {
  require_degrees(name(), degrees);
  require_rows(name(), value, dim, 0);
  return log_density(value, degrees);
}

Tensor StandardStudentT::sample(Graph& graph, int64_t rows) const {
  require_degrees(name(), degrees);
  return standard_draw(graph, {rows, dim}, degrees);
}

SampleAndLogProb StandardStudentT::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor e = sample(graph, rows);
  return {.value = e, .log_prob = log_prob(e)};
}

std::optional<Tensor> StandardStudentT::mean(Graph& graph, int64_t rows) const {
  if (degrees <= 1) return std::nullopt;
  return center(graph, rows);
}

Tensor StandardStudentT::center(Graph& graph, int64_t rows) const {
  return zeros(graph, {rows, dim});
}

std::optional<Tensor> StandardStudentT::entropy(Graph& graph, int64_t rows) const {
  require_degrees(name(), degrees);
  return broadcast_to(graph.constant(static_cast<double>(dim) * standard_entropy(degrees)), {rows});
}

namespace {

const std::vector<Option> kSettings{Number{.key = "degrees",
                                           .value = StudentT{}.degrees,
                                           .meaning = "degrees of freedom; the fewer, the heavier the tails",
                                           .limits = {.at_least = kFewestDegrees}}};

}  // namespace

const DistributionFamily kStudentTFamily{
    .name = "student-t",
    .description = "Student's t, independent dimensions, a location and a scale each: heavy tails",
    .paper = "Jaini et al. 2020",
    .settings = kSettings,
    .parameters = takes_location_and_scale,
    .make = [](int64_t /*dim*/, const Settings& settings, const ParameterTensors& p) -> Distribution {
      return StudentT{.loc = p("loc"), .log_scale = log_of(p("scale")), .degrees = settings.number("degrees")};
    }};

const DistributionFamily kStandardStudentTFamily{
    .name = "standard-student-t",
    .description = "Student's t, independent dimensions, location 0 and scale 1: heavy tails",
    .paper = "Jaini et al. 2020",
    .settings = kSettings,
    .parameters = takes_nothing,
    .make = [](int64_t dim, const Settings& settings, const ParameterTensors& /*p*/) -> Distribution {
      return StandardStudentT{.dim = dim, .degrees = settings.number("degrees")};
    }};

}  // namespace elbo::prob
