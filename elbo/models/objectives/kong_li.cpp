// The published loss of kong_li.h, for comparison.
#include "elbo/models/kong_li.h"

#include "elbo/models/objective.h"

namespace elbo::models {

extern const VaeObjective kKongLiObjective;
const VaeObjective kKongLiObjective{
    .name = "kong-li",
    .description = "a published loss that is no bound with flows, for comparison",
    .paper = "Kong & Li 2017",
    .settings = {latent_samples_option("codes drawn for each example in a step"), kl_option()},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const KongLiTerms terms = kong_li_terms(vae, x, elbo_options(settings));
      return {.loss = terms.loss,
              .parts = {{"reconstruction", terms.reconstruction, 1},
                        {"kl", terms.kl},
                        {"log_abs_det", terms.log_abs_det},
                        {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
