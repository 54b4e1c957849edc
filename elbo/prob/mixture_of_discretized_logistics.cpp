#include "elbo/prob/mixture_of_discretized_logistics.h"

#include "elbo/prob/choice_internal.h"
#include "elbo/prob/discretized_internal.h"
#include "elbo/prob/family.h"
#include "elbo/prob/levels_internal.h"
#include "elbo/prob/terms_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

Shape shape_of(const MixtureOfDiscretizedLogistics& d) {
  const bool given = d.logits.defined() && d.loc.defined() && d.log_scale.defined();
  if (!given || d.logits.shape().rank() != 3 || d.loc.shape() != d.logits.shape() ||
      broadcast(d.loc.shape(), d.log_scale.shape()) != d.loc.shape()) {
    throw ShapeError(std::string(d.name()) + ": logits " + (given ? to_string(d.logits.shape()) : "missing") +
                     ", loc " + (given ? to_string(d.loc.shape()) : "missing") + " and log_scale " +
                     (given ? to_string(d.log_scale.shape()) : "missing") +
                     ": [batch, dim, components] twice and a shape that broadcasts to it are required");
  }
  return d.logits.shape();
}

// [rows or 1, dim, components]
struct OfRows {
  Tensor log_weights, loc, log_scale;
};

OfRows of_rows(const MixtureOfDiscretizedLogistics& d, int64_t rows) {
  const Shape own = shape_of(d);
  require_row_count(d.name(), rows, own[0]);
  const Tensor scales = d.log_scale.shape() == own ? d.log_scale : broadcast_to(d.log_scale, own);
  return {spread_rows(log_softmax(d.logits), rows), spread_rows(d.loc, rows), spread_rows(scales, rows)};
}

}  // namespace

int64_t MixtureOfDiscretizedLogistics::event_dim() const {
  return shape_of(*this)[1];
}

int64_t MixtureOfDiscretizedLogistics::rows() const {
  return shape_of(*this)[0];
}

Tensor MixtureOfDiscretizedLogistics::log_prob(Tensor value) const {
  return sum_dims(*log_prob_terms(value));
}

std::optional<Tensor> MixtureOfDiscretizedLogistics::log_prob_terms(Tensor value) const {
  const int64_t n = require_rows(name(), value, event_dim(), rows());
  const auto [log_w, m, log_s] = of_rows(*this, n);
  const Tensor each = log_probability_of_level(reshape(value, {n, event_dim(), 1}), m, log_s, {levels});
  return log_sum_exp(log_w + each, {.axes = {-1}});
}

Tensor MixtureOfDiscretizedLogistics::sample(Graph& graph, int64_t rows) const {
  const auto [log_w, m, log_s] = of_rows(*this, rows);
  const Tensor chosen = chosen_by(log_w, random_uniform(graph, {rows, event_dim(), 1}));
  const Tensor e = standard_logistic_draw(graph, {rows, event_dim()});
  return LevelScale{levels}.to_nearest(sum_dims(chosen * m) + exp(sum_dims(chosen * log_s)) * e);
}

SampleAndLogProb MixtureOfDiscretizedLogistics::sample_and_log_prob(Graph& graph, int64_t rows) const {
  const Tensor value = sample(graph, rows);
  return {.value = value, .log_prob = log_prob(value)};
}

std::optional<Tensor> MixtureOfDiscretizedLogistics::mean(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

Tensor MixtureOfDiscretizedLogistics::center(Graph& /*graph*/, int64_t rows) const {
  const auto [log_w, m, log_s] = of_rows(*this, rows);
  return full_rows(sum_dims(exp(log_w) * LevelScale{levels}.to_level(m)), rows, event_dim());
}

std::optional<Tensor> MixtureOfDiscretizedLogistics::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

MixtureOfDiscretizedLogistics MixtureOfDiscretizedLogistics::held() const {
  return {.logits = hold(logits), .loc = hold(loc), .log_scale = hold(log_scale), .levels = levels};
}

const DistributionFamily kMixtureOfDiscretizedLogisticsFamily{
    .name = "mixture-of-discretized-logistics",
    .description = "levels, each dimension a mixture of rounded logistic variables by weights, locations and scales",
    .paper = "Salimans et al. 2017",
    .settings = {levels_option(), Integer{.key = "components",
                                          .value = 5,
                                          .meaning = "how many in each dimension",
                                          .limits = {.at_least = 1, .at_most = 1024}}},
    .values = Values::kLevels,
    .reparameterised = false,
    .is_density = false,
    // The locations begin apart from each other, or the components would stay one.
    .parameters = [](int64_t dim, const Settings& settings) -> std::vector<ParameterSpec> {
      const int64_t components = settings.integer("components");
      return {{.name = "logits", .shape = {dim, components}, .role = Role::kLogits},
              {.name = "loc", .shape = {dim, components}, .role = Role::kLocation, .spread = 0.5},
              {.name = "scale", .shape = {dim, components}, .role = Role::kScale}};
    },
    .make = [](int64_t /*dim*/, const Settings& settings, const ParameterTensors& p) -> Distribution {
      return MixtureOfDiscretizedLogistics{.logits = p("logits"),
                                           .loc = p("loc"),
                                           .log_scale = log_of(p("scale")),
                                           .levels = settings.integer("levels")};
    }};

}  // namespace elbo::prob
