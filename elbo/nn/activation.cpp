#include "elbo/nn/activation.h"

#include "elbo/engine/ops.h"

namespace elbo::nn {

namespace {

constexpr ActivationRow kNoActivation{"none", "the identity", "", [](Tensor x) { return x; }};
constexpr ActivationRow kRelu{"relu", "max(x, 0)", "Nair & Hinton 2010", [](Tensor x) { return relu(x); }};
constexpr ActivationRow kTanh{"tanh", "hyperbolic tangent, in (-1, 1)", "", [](Tensor x) { return tanh(x); }};
constexpr ActivationRow kSigmoid{"sigmoid", "1/(1 + exp(-x)), in (0, 1)", "", [](Tensor x) { return sigmoid(x); }};
constexpr ActivationRow kSoftplus{"softplus", "log(1 + exp(x)), a smooth relu", "Dugas et al. 2001",
                                  [](Tensor x) { return softplus(x); }};
constexpr ActivationRow kElu{"elu", "x above 0, exp(x) - 1 below", "Clevert et al. 2016",
                             [](Tensor x) { return elu(x); }};
constexpr ActivationRow kGelu{"gelu", "x times the normal distribution function of x, exact", "Hendrycks & Gimpel 2016",
                              [](Tensor x) { return gelu(x); }};
constexpr ActivationRow kLeakyRelu{"leaky-relu", "x above 0, x/100 below", "Maas et al. 2013",
                                   [](Tensor x) { return leaky_relu(x); }};

}  // namespace

const Registry<ActivationRow>& activations() {
  static const Registry<ActivationRow> all(
      "activation", {&kNoActivation, &kRelu, &kTanh, &kSigmoid, &kSoftplus, &kElu, &kGelu, &kLeakyRelu});
  return all;
}

std::vector<std::string> activation_names() {
  return activations().names();
}

Activation::Activation(std::string_view name) : name_(name) {
  apply_ = activations().find(name).apply;
}

}  // namespace elbo::nn
