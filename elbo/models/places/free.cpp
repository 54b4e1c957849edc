#include "elbo/models/places/free.h"

#include <string>
#include <utility>

#include "elbo/engine/ops.h"
#include "elbo/prob/learned_distribution.h"

namespace elbo::models {

namespace {

struct Learned {
  std::string name;  // of the parameter
  prob::Role role;
  VariablePtr variable;  // of one row
};

// A variable as the parameter of one row: [...] -> [1, ...].
Tensor as_row(Graph& graph, const VariablePtr& variable) {
  std::vector<int64_t> extents = variable->value.shape().dims();
  extents.insert(extents.begin(), 1);
  return reshape(graph.variable(variable), Shape(extents));
}

}  // namespace

bool is_prior(const prob::DistributionFamily& family) {
  return is_base(family) && family.covers_all;
}

bool is_base(const prob::DistributionFamily& family) {
  return family.values == Values::kReals;
}

Part free_part(Part part, bool (*fits)(const prob::DistributionFamily&)) {
  part.rows = prob::families().view(fits);
  return part;
}

prob::Distribution free_distribution(const nn::Parameters& scope, int64_t dim, const Settings& part) {
  const auto& family = part.row<prob::DistributionFamily>();
  std::vector<Learned> all;
  for (const prob::ParameterSpec& spec : family.parameters(dim, part)) {
    const std::string name = (spec.role == prob::Role::kScale ? "log_" : "") + std::string(spec.name);
    const nn::Initializer init = spec.spread > 0 ? nn::init::normal(spec.spread) : nn::init::zeros();
    all.push_back({std::string(spec.name), spec.role, scope.get(name, {.shape = Shape(spec.shape), .init = init})});
  }
  if (all.empty()) return family.make(dim, part, {});
  return prob::LearnedDistribution{.dim = dim, .label = family.name, .build = [all, dim, part, &family](Graph& graph) {
                                     prob::ParameterTensors tensors;
                                     for (const auto& [name, role, variable] : all) {
                                       const Tensor row = as_row(graph, variable);
                                       tensors.set(name, role == prob::Role::kScale ? exp(row) : row);
                                     }
                                     return family.make(dim, part, tensors);
                                   }};
}

}  // namespace elbo::models
