// Objectives of a VAE by name: what training makes small, with the terms it is made of.  A new one is a file in
// objectives/ and a line in objective.cpp.
//
//   const Terms terms = objective.row<VaeObjective>().terms(vae, x, {.steps = 4680}, objective);
//   mean(terms.loss)
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/models/elbo.h"
#include "elbo/models/model.h"
#include "elbo/nn/parameters.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::models {

struct ObjectiveSite {
  int64_t steps = 1;       // of the whole training, for weights that follow a schedule
  int64_t code_dim = 1;    // of the latent code
  nn::Parameters scope{};  // for what an objective learns or keeps
};

struct VaeObjective {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  // The loss is the negative evidence lower bound itself, and comparable with that of other such objectives.
  bool is_bound = false;
  // Has an optimum only where its terms are not below 0, as those of a density may be.
  bool needs_positive_terms = false;
  // Makes what the objective learns or keeps, if it does, in the scope of the site: before weights are read from a
  // file.
  void (*declare)(const ObjectiveSite& site, const Settings& settings) = nullptr;
  // x [batch, data_dim] -> [batch] each.
  Terms (*terms)(const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) = nullptr;
};

const Registry<VaeObjective>& vae_objectives();

// Settings that several objectives have, declared once.
Option latent_samples_option(std::string_view meaning);
Option kl_option();
// "reparameterised", "stick-the-landing", and where an objective has it "doubly-reparameterised".
Option gradient_option(bool doubly = false);
// What those say that the settings have.
ElboOptions elbo_options(const Settings& settings);

}  // namespace elbo::models
