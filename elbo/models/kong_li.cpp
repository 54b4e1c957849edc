#include "elbo/models/kong_li.h"

#include "elbo/engine/ops.h"
#include "elbo/models/samples.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::models {

KongLiTerms kong_li_terms(const Vae& vae, Tensor x, const ElboOptions& options) {
  const int64_t samples = options.latent_samples;
  const int64_t batch = require_batch("kong_li", x, "latent_samples", samples);
  const prob::Distribution posterior = vae.posterior(x);
  const auto* flow = posterior.get_if<prob::TransformedDistribution>();
  if (flow == nullptr) {
    const ElboTerms terms = elbo_terms(vae, posterior, x, options);
    return {.loss = terms.negative_elbo,
            .marginal = terms.negative_elbo,
            .negative_elbo = terms.negative_elbo,
            .reconstruction = terms.reconstruction,
            .kl = terms.kl,
            .log_abs_det = zeros(x.graph(), {batch})};
  }
  const auto [z0, log_q0] = flow->base.sample_and_log_prob(x.graph(), samples * batch);
  const auto [z, log_abs_dets] = flow->transform.forward(z0, flow->context);
  const Tensor log_likelihood = vae.likelihood(z).log_prob(repeat_rows(x, samples));

  const Tensor reconstruction = mean_over_samples(-log_likelihood, samples);
  const Tensor kl = mean_over_samples(log_q0 - vae.prior.log_prob(z), samples);
  const Tensor log_abs_det = mean_over_samples(log_abs_dets, samples);
  const double latent_dim = static_cast<double>(posterior.event_dim());
  return {.loss = reconstruction + kl * (1 / latent_dim) - log_abs_det,
          .marginal = reconstruction + kl,
          .negative_elbo = reconstruction + kl - log_abs_det,
          .reconstruction = reconstruction,
          .kl = kl,
          .log_abs_det = log_abs_det};
}

Tensor kong_li_loss(const Vae& vae, Tensor x, const ElboOptions& options) {
  return kong_li_terms(vae, x, options).loss;
}

}  // namespace elbo::models
