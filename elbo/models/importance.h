// Importance-weighted estimates of the evidence of a Vae.
//
//   log w_k = log p(x | z_k) + log p(z_k) - log q(z_k | x),  z_k ~ q(z | x)
//   -log p(x)  ≤  E[ -log (1/K) Σ_k w_k ]  ≤  -ELBO,  falling as K grows            Burda et al. (2016), eq. 8
//
// With K = 1 this is the Monte Carlo -ELBO; the gap to -log p(x) closes as K grows.  A large K is run in pieces of one
// graph: keep the log_weights of several steps and take log_mean_exp over all of them.
#pragma once

#include "elbo/models/elbo.h"

namespace elbo::models {

struct ImportanceOptions {
  int64_t importance_samples = 1;  // K
  BoundGradient gradient = BoundGradient::kReparameterised;
};

// x [batch, data_dim] -> [K, batch], nats.  Throws ConfigError when importance_samples is below 1.
Tensor log_weights(const Vae& vae, Tensor x, const ImportanceOptions& options);

// -log_mean_exp of the weights: [batch], nats per example.  Also the loss of an importance-weighted autoencoder.
Tensor importance_weighted_nll(const Vae& vae, Tensor x, const ImportanceOptions& options);

}  // namespace elbo::models
