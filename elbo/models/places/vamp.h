// VampPrior: a prior that is made of the posterior, a mixture of it at inputs that are learned.  Tomczak & Welling 2018
//
//   p(z) = 1/K Σ_k q(z | u_k)                                                                                    eq. 9
//
//   const Vamp vamp(parameters / "prior", {.input_dim = 784, .code_dim = 40, .shown = s, .posterior = q},
//   settings.part("prior")); const models::Vae vae{.prior = vamp.prior(), .posterior = ...}; vamp.start_from(rows);
//
// It stands beside the families of free.h in the place of a prior.  Variable of the scope: "pseudo_inputs"
// [K, input_dim], in the units that the encoder is shown, and any numbers there: they need be no examples.
#pragma once

#include <cstdint>
#include <functional>

#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"
#include "elbo/settings/option.h"
#include "elbo/settings/settings.h"

namespace elbo::models {

// What a configuration says of it: a row by itself.
struct VampRow {
  std::string_view name, description, paper;
  std::vector<Option> settings;
};
extern const VampRow kVamp;

struct VampSite {
  int64_t input_dim = 1, code_dim = 1;
  std::function<Tensor(Tensor)> shown;                  // what the encoder is shown of x, [n, input_dim] each
  std::function<prob::Distribution(Tensor)> posterior;  // of what it is shown
};

class Vamp final {
 public:
  Vamp(const nn::Parameters& scope, VampSite site, const Settings& part);

  // Scores a code by all K components, each with the encoder's parameters at its input.
  prob::Distribution prior() const;

  // First values, by rows [n, input_dim] of x, on top of a little noise that tells equal ones apart.  To be called
  // once.
  void start_from(const Array& rows) const;

 private:
  VampSite site_;
  bool starts_from_rows_;
  VariablePtr inputs_;
};

}  // namespace elbo::models
