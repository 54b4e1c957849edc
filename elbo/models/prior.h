// Priors of the latent variables, by name.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"

namespace elbo::models {

struct PriorRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  // `scope` holds what the prior learns, if anything.
  prob::Distribution (*build)(const nn::Parameters& scope, int64_t latent_dim) = nullptr;
};

// standard-normal.
std::span<const PriorRow* const> priors();
// Throws ConfigError, listing the known names.
const PriorRow& prior(std::string_view name);

}  // namespace elbo::models
