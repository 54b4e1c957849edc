// The evidence lower bound itself.                                            Kingma & Welling (2014), eq. 3
#include "elbo/models/elbo.h"

#include "elbo/models/objective.h"

namespace elbo::models {

extern const VaeObjective kElboObjective;
const VaeObjective kElboObjective{
    .name = "elbo",
    .description = "the negative evidence lower bound",
    .paper = "Kingma & Welling 2014",
    .settings = {latent_samples_option("codes drawn for each example in a step"), kl_option(), gradient_option()},
    .is_bound = true,
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      return {.loss = terms.negative_elbo, .parts = {{"reconstruction", terms.reconstruction, 1}, {"kl", terms.kl}}};
    }};

}  // namespace elbo::models
