// A weight of the divergence that a controller moves until the code tells what is asked: what its objectives share.
//
//   loss = reconstruction + β KL,  error e = set point - mean of KL over the batch
//
// What the controller keeps is in variables of the objective's scope, which the training step updates and a checkpoint
// holds.  A graph that does not train takes the last weight.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"

namespace elbo::models {

// kp, ki, set_point and its schedule, beta_min, beta_max.
std::vector<Option> controller_settings(double beta_min, double beta_max);

struct ControlStep {
  Tensor error;                                          // {}: e of this step
  std::function<Tensor(const std::string&)> kept;        // what was kept by this name
  std::function<void(const std::string&, Tensor)> keep;  // what is to be kept
};

// `names`: what the controller keeps beside its weight, of first value 0; `next` the weight of a step, before limits.
void declare_controller(const ObjectiveSite& site, double first_beta, const std::vector<std::string>& names);
Terms controlled_terms(const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings,
                       const std::function<Tensor(const ControlStep&, Tensor beta)>& next);

}  // namespace elbo::models
