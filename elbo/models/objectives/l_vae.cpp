// L-VAE and dL-VAE: weights of the terms that are learned beside the model.   Mogultay, Kalkan & Yarman-Vural (2025)
//
//   L-VAE:   loss = reconstruction / s_0² + KL / s_1² + s_0² + s_1²
//   dL-VAE:  loss = reconstruction / s_0² + Σ_j KL_j / s_j² + s_0² + Σ_j s_j²,  j over the dimensions of the code
//
// The published forms are to be maximised with a plus before Σ s², which has no maximum; this is the reading that has
// an optimum where the terms are above 0, s_i² = √(term i); where -log p(x | z) of a density falls below 0, s_0² falls
// without bound, and with a divergence by Monte Carlo s_j² may.  Learned are the log s², from 0; "beta" is s_0² / s_1²,
// the weight of the divergence beside the reconstruction's, in dL-VAE its mean over the dimensions.  The reconstruction
// is weighed, so the loss is in no units of the data: that of standardised columns is as the model sees them.
#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

Tensor squares(const ObjectiveSite& site, Graph& graph, int64_t terms) {
  return exp(graph.variable(site.scope.get("log_squares", {.shape = {terms}})));
}

std::vector<Option> learned_weights_settings() {
  return {latent_samples_option("codes drawn for each example in a step"), kl_option()};
}

// kl [batch, weights]: what each weight stands before.
Terms weighed(const ElboTerms& terms, Tensor kl, Tensor all) {
  const int64_t weights = kl.shape()[1];
  const Tensor first = slice(all, {.axis = 0, .start = 0, .stop = 1});  // [1]
  const Tensor others = slice(all, {.axis = 0, .start = 1, .stop = 1 + weights});
  const Tensor divergence = sum(kl / reshape(others, {1, weights}), {.axes = {1}});
  return {.loss = terms.reconstruction / first + divergence + sum(all),
          .parts = {{"reconstruction", terms.reconstruction, 1},
                    {"kl", terms.kl},
                    {"negative_elbo", terms.negative_elbo, 1},
                    {"beta", broadcast_to(mean(first / others), terms.kl.shape())}},
          .loss_of_x = 0};
}

}  // namespace

extern const VaeObjective kLVaeObjective, kDlVaeObjective;
const VaeObjective kLVaeObjective{
    .name = "l-vae",
    .description = "reconstruction / s0² + KL / s1² + s0² + s1²: the weights of the two terms are learned",
    .paper = "Mogultay et al. 2025",
    .settings = learned_weights_settings(),
    .needs_positive_terms = true,
    .declare = [](const ObjectiveSite& site, const Settings&) { site.scope.get("log_squares", {.shape = {2}}); },
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      return weighed(terms, reshape(terms.kl, {terms.kl.shape()[0], 1}), squares(site, x.graph(), 2));
    }};

const VaeObjective kDlVaeObjective{
    .name = "dl-vae",
    .description = "as l-vae, with a learned weight for each dimension of the code",
    .paper = "Mogultay et al. 2025",
    .settings = learned_weights_settings(),
    .needs_positive_terms = true,
    .declare = [](const ObjectiveSite& site,
                  const Settings&) { site.scope.get("log_squares", {.shape = {1 + site.code_dim}}); },
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      if (!terms.kl_terms) {
        throw ConfigError(
            "objective \"dl-vae\" weighs the dimensions of the code, and this posterior's divergence "
            "from this prior is no sum over them; l-vae weighs it whole");
      }
      const int64_t dim = vae.prior.event_dim();
      return weighed(terms, broadcast_to(*terms.kl_terms, {x.shape()[0], dim}), squares(site, x.graph(), 1 + dim));
    }};

}  // namespace elbo::models
