#include "elbo/nn/feedback.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace elbo::nn {

namespace {

constexpr const char* kToldLoss = "validation.loss";
constexpr const char* kToldCount = "validation.count";

VariablePtr named(const std::vector<VariablePtr>& variables, const std::string& name) {
  const auto found = std::find_if(variables.begin(), variables.end(),
                                  [&](const VariablePtr& variable) { return variable->name == name; });
  return found == variables.end() ? nullptr : *found;
}

std::string full_name(const std::string& name) {
  return std::string(kTrainingVariables) + name;
}

}  // namespace

VariablePtr training_variable(Graph& graph, const std::string& name, double first_value) {
  if (VariablePtr known = named(graph.variables(), full_name(name))) return known;
  return make_variable(full_name(name), Array::of<float>({}, {static_cast<float>(first_value)}), false);
}

Feedback feedback(Graph& graph) {
  return {.loss = graph.variable(training_variable(graph, kToldLoss)),
          .evaluations = graph.variable(training_variable(graph, kToldCount))};
}

void tell(const std::vector<VariablePtr>& variables, double validation_loss) {
  const VariablePtr loss = named(variables, full_name(kToldLoss)), count = named(variables, full_name(kToldCount));
  if (loss == nullptr || count == nullptr) return;
  constexpr double kLargest = std::numeric_limits<float>::max();
  const double told = std::isfinite(validation_loss) ? std::clamp(validation_loss, -kLargest, kLargest) : kLargest;
  loss->value.values<float>()[0] = static_cast<float>(told);
  count->value.values<float>()[0] += 1;
}

}  // namespace elbo::nn
