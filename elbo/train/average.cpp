#include "elbo/train/average.h"

#include <algorithm>
#include <unordered_map>

#include "elbo/engine/ops.h"

namespace elbo::train {

namespace {

const AverageRow kEma{.name = "ema",
                      .description = "exponential, and shorter over the first steps: they forget what they began with",
                      .paper = "Polyak & Juditsky (1992); tf.train.ExponentialMovingAverage with its count of updates",
                      .settings = {Number{.key = "decay",
                                          .value = 0.999,
                                          .meaning = "share of the average that is kept at a step; in the t-th, from 0 "
                                                     "on, at most (1 + t) / (10 + t)",
                                          .limits = {.at_least = 0, .below = 1}}},
                      .kept = [](Graph& graph, const Settings& settings) {
                        const Tensor t = step_number(graph);
                        return minimum((1.0 + t) / (10.0 + t), settings.number("decay"));
                      }};

}  // namespace

const Registry<AverageRow>& averages() {
  static const Registry<AverageRow> all("average", {&kEma});
  return all;
}

Part average_part() {
  return {.key = "average",
          .value = "none",
          .meaning = "averages of the weights over the steps, which are used in their place wherever a model is used",
          .rows = averages().view(),
          .optional = true};
}

std::string average_name(std::string_view parameter) {
  return "average." + std::string(parameter);
}

Updates with_average(const Updates& updates, const Gradients& gradients, std::span<const Settings> average) {
  if (gradients.empty() || average.empty()) return updates;
  Graph& graph = gradients.front().gradient.graph();
  const Graph::ScopeGuard scope = graph.scope("average");
  const Tensor moved = 1.0 - average.front().row<AverageRow>().kept(graph, average.front());
  Updates result = updates;
  for (const auto& [variable, value] : updates) {
    if (!is_parameter(variable, gradients)) continue;
    const VariablePtr mean = make_variable(average_name(variable->name), variable->value, false);
    const Tensor before = graph.variable(mean);
    result.emplace_back(mean, before + moved * (value - before));
  }
  return result;
}

AveragedWeights::AveragedWeights(const std::vector<VariablePtr>& variables) {
  std::unordered_map<std::string, VariablePtr> by_name;
  for (const VariablePtr& variable : variables) by_name.emplace(variable->name, variable);
  for (const VariablePtr& variable : variables) {
    const auto average = by_name.find(average_name(variable->name));
    if (average != by_name.end()) pairs_.push_back({variable, average->second});
  }
}

// In place: compiled graphs hold the addresses.
void AveragedWeights::exchange() const {
  for (const Pair& pair : pairs_) {
    const auto weights = pair.parameter->value.values<float>(), averages = pair.average->value.values<float>();
    std::swap_ranges(weights.begin(), weights.end(), averages.begin());
  }
}

void AveragedWeights::take() const {
  for (const Pair& pair : pairs_) {
    const auto averages = pair.average->value.values<float>();
    std::copy(averages.begin(), averages.end(), pair.parameter->value.values<float>().begin());
  }
}

AveragedWeights::InUse::InUse(const AveragedWeights& averages) : averages_(averages) {
  averages_.exchange();
}

AveragedWeights::InUse::~InUse() {
  averages_.exchange();
}

}  // namespace elbo::train
