#include "elbo/app/config/choices.h"

#include "elbo/data/dataset.h"
#include "elbo/flows/registry.h"
#include "elbo/models/base.h"
#include "elbo/models/likelihood.h"
#include "elbo/models/objective.h"
#include "elbo/models/posterior.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/initializer.h"
#include "elbo/nn/registry.h"
#include "elbo/train/optimizer.h"

namespace elbo::app {
namespace {

std::vector<std::string> with_first(const char* name, std::vector<std::string> names) {
  names.insert(names.begin(), name);
  return names;
}

}  // namespace

std::vector<std::string> known_models() {
  return {"vae", "flow"};
}

std::vector<std::string> known_binarizations() {
  using data::Binarization;
  std::vector<std::string> names;
  for (const auto one : {Binarization::kNone, Binarization::kDynamic, Binarization::kThreshold, Binarization::kFile}) {
    names.emplace_back(name_of(one));
  }
  return names;
}

std::vector<std::string> known_initializers() {
  return nn::names_of(nn::initializers());
}

std::vector<std::string> known_activations() {
  return nn::names_of(nn::activations());
}

std::vector<std::string> known_output_activations() {
  return with_first("same", known_activations());
}

std::vector<std::string> known_scales() {
  return nn::names_of(models::scale_kinds());
}

std::vector<std::string> known_posteriors() {
  return nn::names_of(models::posterior_families());
}

std::vector<std::string> known_posterior_flows() {
  std::vector<std::string> names{"none"};
  for (const flows::FlowFamily* family : flows::flow_families()) {
    if (family->base_support == flows::Support::kReal) names.emplace_back(family->name);
  }
  return names;
}

std::vector<std::string> known_bases() {
  return nn::names_of(models::bases());
}

std::vector<std::string> known_densities() {
  std::vector<std::string> names;
  for (const flows::FlowFamily* family : flows::flow_families()) {
    const bool is_real = family->base_support == flows::Support::kReal && family->data_support == flows::Support::kReal;
    if (is_real) names.emplace_back(family->name);
  }
  return names;
}

std::vector<std::string> known_priors() {
  std::vector<std::string> names;
  for (const models::BaseRow* base : models::bases()) {
    if (base->covers_all) names.emplace_back(base->name);
  }
  return names;
}

std::vector<std::string> known_prior_flows() {
  return with_first("none", known_densities());
}

std::vector<std::string> known_likelihoods() {
  return nn::names_of(models::likelihoods());
}

std::vector<std::string> known_objectives() {
  return nn::names_of(models::objectives());
}

std::vector<std::string> known_optimizers() {
  std::vector<std::string> names;
  for (const train::OptimizerEntry& entry : train::optimizers()) names.push_back(entry.name);
  return names;
}

}  // namespace elbo::app
