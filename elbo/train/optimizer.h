// Optimizers: how parameters follow their gradients, as nodes of the training graph, so that one executable does
// forward, backward and update.
//
//   step.update(train::Adam{{.learning_rate = 1e-3}}.apply(gradients(loss, parameters)));
//
// Moments and counters are variables that are not trained; they are part of the graph's variables() and so of every
// checkpoint.  Names: "adam.m.<parameter>", "adam.v.<parameter>", "adam.step", "rmsprop.v....", "sgd.m....".
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "elbo/nn/parameters.h"

namespace elbo::train {

using Updates = std::vector<std::pair<VariablePtr, Tensor>>;
using Gradients = std::vector<nn::VariableGradient>;

// Kingma & Ba (2015), algorithm 1: m, v are running means of g and g^2, both corrected for their start at zero.
struct Adam {
  struct Options {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
  };
  Options options;
  Updates apply(const Gradients& gradients) const;
};

// w - learning_rate * b with b = momentum * b + g (Sutskever et al. 2013, without Nesterov's step).
struct Sgd {
  struct Options {
    double learning_rate = 1e-2;
    double momentum = 0.0;
  };
  Options options;
  Updates apply(const Gradients& gradients) const;
};

// Tieleman & Hinton (2012): g divided by the root of the running mean of g^2.
struct RmsProp {
  struct Options {
    double learning_rate = 1e-3;
    double decay = 0.99;
    double epsilon = 1e-8;
  };
  Options options;
  Updates apply(const Gradients& gradients) const;
};

// The optimizers by name.
struct OptimizerOptions {
  std::string name = "adam";
  double learning_rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double momentum = 0.0;
  double decay = 0.99;
  // The learning rate falls to 0 over so many steps, as half a wave of the cosine (Loshchilov & Hutter 2017, eq. 5,
  // without restarts), and stays there; 0: it does not change.  The count of steps is a variable, "schedule.step".
  int64_t cosine_steps = 0;
};
struct OptimizerEntry {
  std::string name;
  std::string summary;
  std::string paper;
  std::function<Updates(const OptimizerOptions&, const Gradients&)> apply;
};
const std::vector<OptimizerEntry>& optimizers();
// Throws ConfigError for an unknown name.
Updates apply_optimizer(const OptimizerOptions& options, const Gradients& gradients);

}  // namespace elbo::train
