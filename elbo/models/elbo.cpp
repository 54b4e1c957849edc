#include "elbo/models/elbo.h"

#include <optional>

#include "elbo/engine/ops.h"
#include "elbo/models/samples.h"
#include "elbo/prob/kl.h"
#include "elbo/prob/learned_distribution.h"

namespace elbo::models {

ElboTerms elbo_terms(const Vae& vae, Tensor x, const ElboOptions& options) {
  require_batch("elbo", x, "latent_samples", options.latent_samples);
  return elbo_terms(vae, vae.posterior(x), x, options);
}

ElboTerms elbo_terms(const Vae& vae, const prob::Distribution& posterior, Tensor x, const ElboOptions& options) {
  const int64_t samples = options.latent_samples;
  const int64_t batch = require_batch("elbo", x, "latent_samples", samples);
  const prob::Distribution prior = prob::in_graph(vae.prior, x.graph());
  std::optional<Tensor> kl, kl_terms;
  const bool sticks = options.gradient == BoundGradient::kStickTheLanding;
  if (options.kl == Kl::kClosedForm && !sticks) kl = prob::closed_form_kl(posterior, prior);

  Tensor z;  // [samples * batch, latent_dim]
  if (kl) {
    z = posterior.sample(x.graph(), samples * batch);
    kl_terms = prob::closed_form_kl_terms(posterior, prior);
    if (kl->shape() != Shape{batch}) kl = broadcast_to(*kl, {batch});  // a posterior of one row for all
  } else {
    const auto [value, log_q] = draws_of(posterior, x.graph(), samples * batch, options.gradient);
    z = value;
    kl = mean_over_samples(log_q - prior.log_prob(z), samples);
    const prob::Distribution weighing = sticks ? prob::held(posterior) : posterior;
    const std::optional<Tensor> q_terms = weighing.log_prob_terms(z), p_terms = prior.log_prob_terms(z);
    if (q_terms && p_terms) kl_terms = mean_over_samples(*q_terms - *p_terms, samples);
  }
  const Tensor log_likelihood = vae.likelihood(z).log_prob(repeat_rows(x, samples));
  const Tensor reconstruction = mean_over_samples(-log_likelihood, samples);
  return {.negative_elbo = reconstruction + *kl, .reconstruction = reconstruction, .kl = *kl, .kl_terms = kl_terms};
}

prob::SampleAndLogProb draws_of(const prob::Distribution& posterior, Graph& graph, int64_t rows,
                                BoundGradient gradient) {
  if (gradient == BoundGradient::kReparameterised) return posterior.sample_and_log_prob(graph, rows);
  const Tensor z = posterior.sample(graph, rows);
  return {.value = z, .log_prob = prob::held(posterior).log_prob(z)};
}

Tensor negative_elbo(const Vae& vae, Tensor x, const ElboOptions& options) {
  return elbo_terms(vae, x, options).negative_elbo;
}

bool has_closed_form_kl(const Vae& vae, int64_t data_dim) {
  Graph graph;
  const Tensor x = graph.input("x", {1, data_dim});
  return prob::closed_form_kl(vae.posterior(x), prob::in_graph(vae.prior, graph)).has_value();
}

}  // namespace elbo::models
