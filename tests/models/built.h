// Models for tests from the settings of a configuration's top level, without data sets, optimizers and the rest.
//
//   const models::VaeModel model = built_vae(6, {"latent.dimension=2", "posterior.flow=planar"});
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "elbo/models/density_model.h"
#include "elbo/models/vae_model.h"
#include "elbo/settings/config.h"

namespace elbo::testing_support {

inline Settings model_settings(const std::vector<std::string>& assignments) {
  static const Schema schema{.options = {Part{.key = "model",
                                              .value = "vae",
                                              .meaning = "what is trained",
                                              .rows = models::model_kinds().view(),
                                              .beside = true}}};
  std::vector<Assignment> all;
  for (const std::string& assignment : assignments) all.push_back(Assignment::of_set(assignment));
  return resolve(schema, all);
}

inline models::ModelSite site_of(int64_t data_dim, const nn::Parameters& parameters) {
  return {.parameters = parameters,
          .columns = {{.name = "x", .dim = data_dim, .values = Values::kUnit}},
          .init = nn::initializer("pytorch-linear")};
}

inline models::VaeModel built_vae(int64_t data_dim, const std::vector<std::string>& assignments,
                                  const nn::Parameters& parameters = nn::Parameters{}) {
  return {site_of(data_dim, parameters), model_settings(assignments)};
}

inline models::DensityModel built_density(int64_t data_dim, std::vector<std::string> assignments,
                                          const nn::Parameters& parameters = nn::Parameters{}) {
  assignments.insert(assignments.begin(), "model=flow");
  return {site_of(data_dim, parameters), model_settings(assignments)};
}

}  // namespace elbo::testing_support
