// Likelihoods by name: what the columns that a decoder puts out mean.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "elbo/prob/distribution.h"

namespace elbo::models {

struct LikelihoodRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  int64_t columns_per_value = 1;  // the decoder puts out columns_per_value * data_dim columns
  prob::Distribution (*build)(Tensor columns, int64_t data_dim) = nullptr;
};

// bernoulli, normal.
std::span<const LikelihoodRow* const> likelihoods();
// Throws ConfigError, listing the known names.
const LikelihoodRow& likelihood(std::string_view name);

}  // namespace elbo::models
