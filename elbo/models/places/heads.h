// A place for a distribution whose parameters are linear functions of features, other ones for each example: the
// posterior of a Vae, a conditional density.
//
//   heads_part({.key = "posterior", .value = "normal", .meaning = "..."})
//   const Heads heads(parameters, 500, 20, settings.part("posterior"), init);
//   const prob::Distribution q = heads(h);                      // h [batch, 500] -> batch rows of 20 dimensions
//
// Each parameter of the family is a linear layer of the scope under its name ("loc", "logits", ...), a scale under
// that of its kind ("log_scale", "log_variance", "raw_scale").
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/models/places/scale.h"
#include "elbo/nn/activation.h"
#include "elbo/nn/linear.h"
#include "elbo/prob/family.h"

namespace elbo::models {

// `part` says key, default and meaning.  Adds what the place asks: head_activation and scale.
Part heads_part(Part part);

class Heads final {
 public:
  // The options that `part` was made of must outlive the heads.
  Heads(const nn::Parameters& scope, int64_t features, int64_t dim, const Settings& part, const nn::Initializer& init);

  prob::Distribution operator()(Tensor features) const;

 private:
  struct Head {
    prob::ParameterSpec spec;
    nn::Linear linear;
  };

  int64_t dim_;
  Settings settings_;
  nn::Activation activation_;
  std::vector<Head> heads_;
};

}  // namespace elbo::models
