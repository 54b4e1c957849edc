// Free bits: each part of the code may tell λ nats of an example for nothing.            Kingma et al. (2016), appendix
// C.8
//
//   loss = reconstruction + Σ_j max(λ, mean of KL_j over the batch),  KL_j of dimension j of q(z | x) from p(z)
//
// A dimension below λ feels no pull towards the prior, so none is given up early in training.  Where the divergence is
// no sum over dimensions, as with a flow, the code is one part that has λ for each of its dimensions.
//
// The sum is the same for all rows of a batch; figures of other rows depend a little on how many are computed at once.
#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"

namespace elbo::models {

extern const VaeObjective kFreeBitsObjective;
const VaeObjective kFreeBitsObjective{
    .name = "free-bits",
    .description =
        "reconstruction + the KL of each dimension, a mean over the batch, but at least lambda: no dimension "
        "gains by telling less than that",
    .paper = "Kingma et al. 2016",
    .settings = {latent_samples_option("codes drawn for each example in a step"), kl_option(),
                 Number{.key = "lambda",
                        .value = 0.25,
                        .meaning = "what a dimension of the code may tell for nothing",
                        .unit = "nats",
                        .limits = {.at_least = 0}}},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      const double lambda = settings.number("lambda");
      Tensor kept;  // [], or [parts]
      if (terms.kl_terms) {
        kept = maximum(mean(*terms.kl_terms, {.axes = {0}}), lambda);
      } else {
        kept = maximum(mean(terms.kl), lambda * static_cast<double>(vae.prior.event_dim()));
      }
      return {.loss = terms.reconstruction + sum(kept),
              .parts = {{"reconstruction", terms.reconstruction, 1},
                        {"kl", terms.kl},
                        {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
