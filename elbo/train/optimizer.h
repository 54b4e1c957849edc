// Optimizers: how parameters follow their gradients, as nodes of the training graph, so that one executable does
// forward, backward and update.
//
//   step.update(train::Adam{{.learning_rate = 1e-3}}.apply(gradients(loss, parameters)));
//   step.update(train::apply_optimizer(settings.part("optimizer"), {.steps = 4690}, gradients(loss, parameters)));
//
// Moments are variables that are not trained; they are part of the graph's variables() and so of every checkpoint.
// Names: "adam.m.<parameter>", "adam.v.<parameter>", "adamax.u....", "rmsprop.v....", "sgd.m....".  How many steps
// there were is not counted here: it is what the graph is run with, so each step must be given its number.
#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "elbo/nn/parameters.h"
#include "elbo/nn/schedule.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"
#include "elbo/train/clipping.h"

namespace elbo::train {

using Updates = std::vector<std::pair<VariablePtr, Tensor>>;

// Kingma & Ba (2015), algorithm 1: m, v are running means of g and g^2, both corrected for their start at zero; epsilon
// is added to the root of the corrected v, as torch.optim.Adam does.  With weight_decay it is AdamW (Loshchilov &
// Hutter 2019, algorithm 2): beside its step each parameter shrinks by learning_rate * weight_decay of itself, biases
// too, and no moment sees that.
struct Adam {
  struct Options {
    double learning_rate = 1e-3;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weight_decay = 0;
  };
  Options options;
  Updates apply(const Gradients& gradients) const;
};

// Kingma & Ba (2015), section 7.1: the mean of g, divided by the largest |g| that fading leaves, u = max(beta2 u, |g|).
// As torch.optim.Adamax has it, epsilon is added to |g| within the maximum: it decides only where all gradients were 0.
struct Adamax {
  struct Options {
    double learning_rate = 2e-3;
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
    double learning_rate = 1e-3;
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

// Whether a variable is one of those that the gradients are by, and no state of an optimizer.
bool is_parameter(const VariablePtr& variable, const Gradients& gradients);

// The same updates with all learning rates multiplied by a factor, {}: what moves a parameter goes that share of its
// way, and moments are as they were.
Updates scaled(const Updates& updates, const Gradients& gradients, Tensor factor);

// The optimizers by name.  `settings` hold a schedule of the learning rate and the clipping of gradients, which are
// applied from outside.
struct OptimizerRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  Updates (*apply)(const Settings& settings, const Gradients& gradients);
};
const Registry<OptimizerRow>& optimizers();  // adam, adamw, adamax, sgd, rmsprop

// The place [optimizer].
Part optimizer_part();

using OptimizerSite = nn::ScheduleSite;
// In a graph that trains; ShapeError in another, where a schedule would stand still.
Updates apply_optimizer(const Settings& optimizer, const OptimizerSite& site, const Gradients& gradients);

}  // namespace elbo::train
