// Vae: a variational autoencoder as three maps to distributions.          Kingma & Welling (2014), Rezende et al.
// (2014)
//
//   const models::Vae vae{
//       .prior = prob::StandardNormal{20},
//       .posterior = [&](Tensor x) {
//         const Tensor h = encoder(x);                            // [batch, hidden]
//         return prob::Normal{.loc = loc(h), .scale = exp(log_scale(h))};
//       },
//       .likelihood = [&](Tensor z) { return prob::Bernoulli{.logits = decoder(z)}; },
//   };
//   const Tensor loss = mean(models::negative_elbo(vae, x, {.latent_samples = 1}));
//
// The functions add to the graph of the tensor they are given; layers they use by reference must outlive the Vae.
#pragma once

#include <functional>

#include "elbo/prob/distribution.h"

namespace elbo::models {

struct Vae {
  prob::Distribution prior;                              // p(z)
  std::function<prob::Distribution(Tensor)> posterior;   // x [batch, data_dim] -> q(z | x), batch rows
  std::function<prob::Distribution(Tensor)> likelihood;  // z [n, latent_dim] -> p(x | z), n rows
};

}  // namespace elbo::models
