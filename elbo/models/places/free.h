// A place for a distribution whose parameters are variables, the same for all examples: a prior, the base of a flow.
//
//   free_part({.key = "prior", .value = "standard-normal", .meaning = "..."}, is_prior)
//   const prob::Distribution prior = free_distribution(parameters / "prior", 20, settings.part("prior"));
//
// Variables of the scope: what the family says ("loc", "logits", ...), a scale by its log ("log_scale").  They begin
// where the family says, scales at 1.  A family without parameters stands there itself.
#pragma once

#include <cstdint>

#include "elbo/nn/parameters.h"
#include "elbo/prob/family.h"

namespace elbo::models {

// A density everywhere on the reals: the codes of a posterior may lie anywhere.
bool is_prior(const prob::DistributionFamily& family);
// A density on the reals or a part of them.
bool is_base(const prob::DistributionFamily& family);

// `part` says key, default and meaning; `fits`, which families may stand there.
Part free_part(Part part, bool (*fits)(const prob::DistributionFamily&));

// The options that `part` was made of must outlive the distribution.
prob::Distribution free_distribution(const nn::Parameters& scope, int64_t dim, const Settings& part);

}  // namespace elbo::models
