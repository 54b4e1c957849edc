#include "elbo/models/importance.h"

#include "elbo/engine/ops.h"
#include "elbo/models/samples.h"

namespace elbo::models {

Tensor log_weights(const Vae& vae, Tensor x, const ImportanceOptions& options) {
  const int64_t samples = options.importance_samples;
  const int64_t batch = require_batch("log_weights", x, "importance_samples", samples);
  const auto [z, log_q] = draws_of(vae.posterior(x), x.graph(), samples * batch, options.gradient);
  const Tensor log_likelihood = vae.likelihood(z).log_prob(repeat_rows(x, samples));
  return reshape(log_likelihood + vae.prior.log_prob(z) - log_q, {samples, batch});
}

Tensor importance_weighted_nll(const Vae& vae, Tensor x, const ImportanceOptions& options) {
  return -log_mean_exp(log_weights(vae, x, options), {.axes = {0}});
}

}  // namespace elbo::models
