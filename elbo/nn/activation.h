// Activation: an element-wise function between layers, given by name or as a function of a tensor.
//
//   nn::Mlp{scope, {.layers = {784, 500, 20}, .activation = "elu"}};
//   nn::Mlp{scope, {.layers = {784, 500, 20}, .activation = relu}};
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/settings/registry.h"

namespace elbo::nn {

// Those a configuration can name: none, relu, tanh, sigmoid, softplus, elu, gelu, leaky-relu.
struct ActivationRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Tensor (*apply)(Tensor);
};
const Registry<ActivationRow>& activations();
// Their names, for a setting: Text{.key = "activation", .value = "relu", .choices = nn::activation_names}.
std::vector<std::string> activation_names();

class Activation {
 public:
  // By name; throws ConfigError when it is not known.
  Activation(std::string_view name);                                           // NOLINT(google-explicit-constructor)
  Activation(const char* name) : Activation(std::string_view(name)) {}         // NOLINT(google-explicit-constructor)
  Activation(const std::string& name) : Activation(std::string_view(name)) {}  // NOLINT(google-explicit-constructor)
  // Any function of a tensor that keeps its shape; name() is then "function".
  Activation(Tensor (*function)(Tensor)) : name_("function"), apply_(function) {}                         // NOLINT
  Activation(std::function<Tensor(Tensor)> function) : name_("function"), apply_(std::move(function)) {}  // NOLINT

  const std::string& name() const { return name_; }
  Tensor operator()(Tensor x) const { return apply_(x); }

 private:
  std::string name_;
  std::function<Tensor(Tensor)> apply_;
};

}  // namespace elbo::nn
