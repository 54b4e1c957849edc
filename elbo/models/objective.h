// The losses a configuration can train by, by name.
//
//   const Tensor loss = mean(models::objective("elbo").loss(vae, x, {.latent_samples = 1}));
#pragma once

#include <span>
#include <string_view>

#include "elbo/models/elbo.h"

namespace elbo::models {

struct ObjectiveRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Tensor (*loss)(const Vae& vae, Tensor x, const ElboOptions& options);  // [batch], nats per example, minimised
};

std::span<const ObjectiveRow* const> objectives();
// Throws ConfigError, listing the known names.
const ObjectiveRow& objective(std::string_view name);

}  // namespace elbo::models
