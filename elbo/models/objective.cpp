#include "elbo/models/objective.h"

#include <string>

namespace elbo::models {

extern const VaeObjective kElboObjective, kBetaVaeObjective, kFreeBitsObjective, kIwaeObjective, kRenyiObjective,
    kKongLiObjective;  // objectives/

const Registry<VaeObjective>& vae_objectives() {
  static const Registry<VaeObjective> all("objective", {&kElboObjective, &kBetaVaeObjective, &kFreeBitsObjective,
                                                        &kIwaeObjective, &kRenyiObjective, &kKongLiObjective});
  return all;
}

Option latent_samples_option(std::string_view meaning) {
  return Integer{.key = "latent_samples",
                 .value = ElboOptions{}.latent_samples,
                 .meaning = std::string(meaning),
                 .unit = "samples",
                 .limits = {.at_least = 1, .at_most = 10'000}};
}

Option kl_option() {
  return Text{.key = "kl",
              .value = "closed-form",
              .meaning =
                  "how the divergence of q(z|x) from the prior is computed; where there is no closed form, as "
                  "with a flow, it is Monte Carlo all the same",
              .choices = {"closed-form", "monte-carlo"}};
}

ElboOptions elbo_options(const Settings& settings) {
  return {.latent_samples = settings.integer("latent_samples"),
          .kl = settings.text("kl") == "closed-form" ? Kl::kClosedForm : Kl::kMonteCarlo};
}

}  // namespace elbo::models
