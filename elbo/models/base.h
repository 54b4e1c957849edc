// Distributions by name that others start from: the prior of a Vae, what the flow of a density carries to the data.
//
//   const prob::Distribution prior = models::base("mixture-of-gaussians").build(parameters / "prior", 20, {});
//
// What one learns are parameters of its scope: "loc" and "log_scale" (or "log_diagonal") [dim], "lower" [dim, dim];
// of a mixture "logits" [components], "loc" and "log_scale" [components, dim].  All but the mixture start with mean 0
// and scale 1; the components of a mixture start apart from each other, or they would stay one.
//
// A new base is one row, listed in base.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"

namespace elbo::models {

struct BaseOptions {
  int64_t components = 10;  // of a mixture
  double degrees = 5;       // of freedom, Student's t
  double half_width = 5;    // the uniform box is [-half_width, half_width] in each dimension
};

struct BaseRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  bool covers_all = true;  // has a density everywhere; a prior must, since the posterior of a Vae has
  // Throws ConfigError for an option out of its range.
  prob::Distribution (*build)(const nn::Parameters& scope, int64_t dim, const BaseOptions& options) = nullptr;
};

// standard-normal, normal, full-normal, mixture-of-gaussians, standard-student-t, student-t, uniform-box.
std::span<const BaseRow* const> bases();
// Throws ConfigError, listing the known names.
const BaseRow& base(std::string_view name);

}  // namespace elbo::models
