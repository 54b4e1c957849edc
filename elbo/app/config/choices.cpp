#include "elbo/app/config/choices.h"

namespace elbo::app {

std::vector<std::string> known_models() {
  return {"vae"};
}

std::vector<std::string> known_binarizations() {
  return {"none", "dynamic", "threshold", "file"};
}

std::vector<std::string> known_activations() {
  return {"none", "relu", "tanh", "sigmoid", "softplus", "elu", "gelu", "leaky_relu"};
}

std::vector<std::string> known_flows() {
  return {"none", "planar"};
}

std::vector<std::string> known_priors() {
  return {"standard-normal"};
}

std::vector<std::string> known_likelihoods() {
  return {"bernoulli"};
}

std::vector<std::string> known_objectives() {
  return {"elbo"};
}

std::vector<std::string> known_optimizers() {
  return {"adam", "sgd", "rmsprop"};
}

}  // namespace elbo::app
