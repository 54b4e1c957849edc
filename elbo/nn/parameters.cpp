#include "elbo/nn/parameters.h"

#include <unordered_map>

#include "elbo/engine/gradients.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

struct Parameters::Store {
  uint64_t seed = 0;
  std::vector<VariablePtr> variables;
  std::unordered_map<std::string, size_t> by_name;
};

namespace {

Array initial_value(const ParameterSpec& spec, uint64_t seed, const std::string& path) {
  const int rank = spec.shape.rank();
  Array wide(DType::kF64, spec.shape);
  const InitialDraws draws(seed, path);
  spec.init.fill(InitialCall{.shape = spec.shape,
                             .fan_in = spec.fan_in > 0 ? spec.fan_in : spec.shape.last(0),
                             .fan_out = spec.fan_out > 0 ? spec.fan_out : spec.shape.last(rank > 1 ? 1 : 0),
                             .draws = draws,
                             .dst = wide.values<double>()});
  return wide.cast(DType::kF32);
}

}  // namespace

Parameters::Parameters(const Options& options) : store_(std::make_shared<Store>()) {
  store_->seed = options.seed;
}

uint64_t Parameters::seed() const {
  return store_->seed;
}

std::string Parameters::full_path(std::string_view name) const {
  if (name.empty()) throw ConfigError("parameters" + (path_.empty() ? "" : " at " + path_) + ": a name is empty");
  return path_.empty() ? std::string(name) : path_ + "." + std::string(name);
}

Parameters Parameters::operator/(std::string_view name) const {
  return {store_, full_path(name)};
}

VariablePtr Parameters::get(std::string_view name, const ParameterSpec& spec) const {
  const std::string path = full_path(name);
  if (const auto known = store_->by_name.find(path); known != store_->by_name.end()) {
    const VariablePtr& variable = store_->variables[known->second];
    if (variable->value.shape() != spec.shape) {
      throw ConfigError("parameter " + path + ": it has shape " + to_string(variable->value.shape()) +
                        " and was asked for as " + to_string(spec.shape));
    }
    return variable;
  }
  VariablePtr variable = make_variable(path, initial_value(spec, store_->seed, path), spec.trainable);
  store_->by_name.emplace(path, store_->variables.size());
  store_->variables.push_back(variable);
  return variable;
}

std::vector<VariablePtr> Parameters::all() const {
  if (path_.empty()) return store_->variables;
  std::vector<VariablePtr> result;
  for (const VariablePtr& variable : store_->variables) {
    if (variable->name.starts_with(path_ + ".")) result.push_back(variable);
  }
  return result;
}

std::vector<VariablePtr> Parameters::trainable() const {
  std::vector<VariablePtr> result;
  for (const VariablePtr& variable : all()) {
    if (variable->trainable) result.push_back(variable);
  }
  return result;
}

VariablePtr Parameters::find(std::string_view name) const {
  const auto known = store_->by_name.find(full_path(name));
  return known == store_->by_name.end() ? nullptr : store_->variables[known->second];
}

int64_t Parameters::count() const {
  int64_t total = 0;
  for (const VariablePtr& variable : trainable()) total += variable->value.elements();
  return total;
}

std::vector<VariableGradient> gradients(Tensor loss, const Parameters& parameters) {
  const std::vector<VariablePtr> variables = parameters.trainable();
  Tensors wrt;
  for (const VariablePtr& variable : variables) wrt.push_back(loss.graph().variable(variable));
  const Tensors by_variable = elbo::gradients(loss, wrt);
  std::vector<VariableGradient> result;
  for (size_t i = 0; i < variables.size(); ++i) result.push_back({variables[i], by_variable[i]});
  return result;
}

}  // namespace elbo::nn
