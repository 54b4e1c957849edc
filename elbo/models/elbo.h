// The evidence lower bound of a Vae, negated: nats per example, to be minimised.
//
//   -ELBO(x) = E_q[ -log p(x | z) ] + KL(q(z | x) || p(z))  ≥  -log p(x)           Kingma & Welling (2014), eq. 3
//
// For a posterior z_K = f(z_0) made by a flow, log q(z_K) = log q_0(z_0) - log|det df/dz_0|, and the second term is the
// mean of log q(z_K) - log p(z_K) over the samples                             Rezende & Mohamed (2015), eq. 15
#pragma once

#include <optional>

#include "elbo/models/vae.h"

namespace elbo::models {

enum class Kl : uint8_t {
  kClosedForm,  // where the pair of distributions has one, else Monte Carlo
  kMonteCarlo,  // the mean of log q(z) - log p(z) over the latent samples
};

// How gradients reach the posterior; the values are the same.
enum class BoundGradient : uint8_t {
  kReparameterised,  // through the draws and through the density that they are weighed with
  // Through the draws alone.  What is left out is 0 on average, and all the noise there is at the true posterior.  The
  // divergence is Monte Carlo then, and a posterior by a flow is inverted at its draws.  Roeder et al. (2017), eq. 9
  kStickTheLanding,
};

struct ElboOptions {
  int64_t latent_samples = 1;  // draws of z for each example
  Kl kl = Kl::kClosedForm;
  BoundGradient gradient = BoundGradient::kReparameterised;
};

// Each [batch], nats per example, averaged over the latent samples.
struct ElboTerms {
  Tensor negative_elbo;   // reconstruction + kl
  Tensor reconstruction;  // -log p(x | z)
  Tensor kl;              // of the posterior from the prior
  // [batch or 1, latent_dim], which kl adds up; nothing where it is no sum over dimensions, as with a flow.
  std::optional<Tensor> kl_terms{};
};

// x [batch, data_dim].  Throw ConfigError when latent_samples is below 1, ShapeError when the parts do not fit.
ElboTerms elbo_terms(const Vae& vae, Tensor x, const ElboOptions& options = {});
// The same with the posterior of x at hand, vae.posterior(x).
ElboTerms elbo_terms(const Vae& vae, const prob::Distribution& posterior, Tensor x, const ElboOptions& options);
Tensor negative_elbo(const Vae& vae, Tensor x, const ElboOptions& options = {});  // [batch]

// Draws with their log-densities, through which gradients pass as asked.
prob::SampleAndLogProb draws_of(const prob::Distribution& posterior, Graph& graph, int64_t rows,
                                BoundGradient gradient);

// Whether the divergence of this posterior from this prior has a closed form; else kClosedForm samples it too.
bool has_closed_form_kl(const Vae& vae, int64_t data_dim);

}  // namespace elbo::models
