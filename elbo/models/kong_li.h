// The loss that Kong & Li, "Transforming Variational Autoencoders" (2017), trained and printed, kept for comparison.
//
// Read in their public code (blisc/CSC412-Project, VAE_NormFlow.py).  With D latent dimensions, for each example:
//
//   without a flow   -log p(x | z) + KL(q || p)                          the bound, summed as it should be
//   with a flow      -log p(x | z) + [log q_0(z_0) - log p(z_K)] / D - log|det dz_K/dz_0|
//
// What is wrong with it.  log q_0 and log p keep their latent axis [batch, D], are broadcast against the reconstruction
// [batch], and one mean is taken over both axes: prior and entropy count one D-th, the log-determinants count in full.
// The loss is therefore no bound on -log p(x), and is not comparable with the loss without a flow: it pays for every
// expansion of z, at a D-th of its cost.  Figures of flows in that paper (111.96, 105.09, 107.67) are values of it.
// Their script's "marginal" is the first two terms summed properly with the log-determinant left out.
//
// Two details differ here and change no figure: their log densities carry the constant ½ log 2π with the wrong sign in
// both, where it cancels; they clamp probabilities at 1e-10 before the log, we work from logits.
#pragma once

#include "elbo/models/elbo.h"

namespace elbo::models {

// Each [batch], nats per example, averaged over the latent samples (draws shared by all terms).
struct KongLiTerms {
  Tensor loss;            // as published
  Tensor marginal;        // reconstruction + kl, their other figure
  Tensor negative_elbo;   // reconstruction + kl - log_abs_det: the true bound
  Tensor reconstruction;  // -log p(x | z)
  Tensor kl;              // log q_0(z_0) - log p(z_K), summed over dimensions; the closed form without a flow
  Tensor log_abs_det;     // of the flow; 0 without
};

// A posterior that is a prob::TransformedDistribution has a flow; any other has none.  Throws as elbo_terms does.
KongLiTerms kong_li_terms(const Vae& vae, Tensor x, const ElboOptions& options = {});
Tensor kong_li_loss(const Vae& vae, Tensor x, const ElboOptions& options = {});  // [batch]

}  // namespace elbo::models
