#include "elbo/prob/uniform_box.h"

#include <cmath>
#include <limits>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

// Checks the corners and gives the log of the volume.
double log_volume(const UniformBox& box) {
  if (box.low.empty() || box.low.size() != box.high.size()) {
    throw ConfigError("uniform-box: " + std::to_string(box.low.size()) + " numbers in low and " +
                      std::to_string(box.high.size()) + " in high: as many, and at least one, are required");
  }
  double total = 0;
  for (size_t d = 0; d < box.low.size(); ++d) {
    if (!(box.low[d] < box.high[d]) || !std::isfinite(box.high[d] - box.low[d])) {
      throw ConfigError("uniform-box: dimension " + std::to_string(d) + " goes from " + std::to_string(box.low[d]) +
                        " to " + std::to_string(box.high[d]) + ", finite corners in this order are required");
    }
    total += std::log(box.high[d] - box.low[d]);
  }
  return total;
}

Tensor row_of(Graph& graph, const std::vector<double>& values) {
  return graph.constant(Array::of<double>({1, static_cast<int64_t>(values.size())}, values));
}

}  // namespace

Tensor UniformBox::log_prob(Tensor value) const {
  const double volume = log_volume(*this);
  require_rows(name(), value, event_dim(), 0);
  Graph& graph = value.graph();
  const Tensor inside = less_equal(row_of(graph, low), value) * less_equal(value, row_of(graph, high));
  const Tensor nothing = graph.constant(-std::numeric_limits<double>::infinity());
  return select(reduce_min(inside, {.axes = {1}}), graph.constant(-volume), nothing);
}

std::optional<Tensor> UniformBox::log_prob_terms(Tensor value) const {
  log_volume(*this);
  require_rows(name(), value, event_dim(), 0);
  Graph& graph = value.graph();
  std::vector<double> log_density(low.size());
  for (size_t d = 0; d < low.size(); ++d) log_density[d] = -std::log(high[d] - low[d]);
  const Tensor inside = less_equal(row_of(graph, low), value) * less_equal(value, row_of(graph, high));
  return select(inside, row_of(graph, log_density), -std::numeric_limits<double>::infinity());
}

// The draw is clamped to the corners, beyond which rounding could carry it.
Tensor UniformBox::sample(Graph& graph, int64_t rows) const {
  log_volume(*this);
  std::vector<double> extent(low.size());
  for (size_t d = 0; d < low.size(); ++d) extent[d] = high[d] - low[d];
  const Tensor u = random_uniform(graph, {rows, event_dim()});
  const Tensor value = row_of(graph, low) + row_of(graph, extent) * u;
  return minimum(maximum(value, row_of(graph, low)), row_of(graph, high));
}

SampleAndLogProb UniformBox::sample_and_log_prob(Graph& graph, int64_t rows) const {
  return {.value = sample(graph, rows), .log_prob = broadcast_to(graph.constant(-log_volume(*this)), {rows})};
}

std::optional<Tensor> UniformBox::mean(Graph& graph, int64_t rows) const {
  return center(graph, rows);
}

Tensor UniformBox::center(Graph& graph, int64_t rows) const {
  log_volume(*this);
  std::vector<double> middle(low.size());
  for (size_t d = 0; d < low.size(); ++d) middle[d] = 0.5 * (low[d] + high[d]);
  return broadcast_to(row_of(graph, middle), {rows, event_dim()});
}

std::optional<Tensor> UniformBox::entropy(Graph& graph, int64_t rows) const {
  return broadcast_to(graph.constant(log_volume(*this)), {rows});
}

const DistributionFamily kUniformBoxFamily{
    .name = "uniform-box",
    .description = "the same density everywhere in a box around 0 and none outside, for splines and data within it",
    .paper = "",
    .settings = {Number{.key = "half_width",
                        .value = 5,
                        .meaning = "the box reaches from -half_width to half_width in each dimension",
                        .limits = {.above = 0}}},
    .covers_all = false,
    .parameters = takes_nothing,
    .make = [](int64_t dim, const Settings& settings, const ParameterTensors& /*p*/) -> Distribution {
      const auto count = static_cast<size_t>(dim);
      const double half_width = settings.number("half_width");
      return UniformBox{.low = std::vector<double>(count, -half_width), .high = std::vector<double>(count, half_width)};
    }};

}  // namespace elbo::prob
