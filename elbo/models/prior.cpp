#include "elbo/models/prior.h"

#include <array>

#include "elbo/nn/registry.h"
#include "elbo/prob/normal.h"

namespace elbo::models {

namespace {

constexpr PriorRow kStandardNormal{"standard-normal", "independent, mean 0 and variance 1", "Kingma & Welling 2014",
                                   [](const nn::Parameters& /*scope*/, int64_t latent_dim) -> prob::Distribution {
                                     return prob::StandardNormal{latent_dim};
                                   }};

constexpr std::array<const PriorRow*, 1> kPriors{&kStandardNormal};

}  // namespace

std::span<const PriorRow* const> priors() {
  return kPriors;
}

const PriorRow& prior(std::string_view name) {
  return nn::find_row("prior", name, priors());
}

}  // namespace elbo::models
