#include "elbo/models/objective.h"

#include <string>

namespace elbo::models {

extern const VaeObjective kElboObjective, kBetaVaeObjective, kCapacityVaeObjective, kControlVaeObjective,
    kDynamicVaeObjective, kLVaeObjective, kDlVaeObjective, kFreeBitsObjective, kBetaTcVaeObjective, kFactorVaeObjective,
    kInfoVaeObjective, kIwaeObjective, kRenyiObjective, kKongLiObjective;  // objectives/

const Registry<VaeObjective>& vae_objectives() {
  static const Registry<VaeObjective> all(
      "objective", {&kElboObjective, &kBetaVaeObjective, &kCapacityVaeObjective, &kControlVaeObjective,
                    &kDynamicVaeObjective, &kLVaeObjective, &kDlVaeObjective, &kFreeBitsObjective, &kBetaTcVaeObjective,
                    &kFactorVaeObjective, &kInfoVaeObjective, &kIwaeObjective, &kRenyiObjective, &kKongLiObjective});
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

Option gradient_option(bool doubly) {
  Text option{.key = "gradient",
              .value = "reparameterised",
              .meaning =
                  "how gradients reach q(z|x): stick-the-landing leaves out the density that draws are weighed "
                  "with, whose part is 0 on average, and all noise at the true posterior; the divergence is "
                  "Monte Carlo then, and a flow is inverted at its draws"};
  if (doubly) {
    option.meaning =
        "how gradients reach q(z|x): doubly-reparameterised keeps its signal as K grows; stick-the-landing leaves out "
        "the density that draws are weighed with, and is biased here; both invert a flow at its draws";
    option.choices = {"reparameterised", "stick-the-landing", "doubly-reparameterised"};
  } else {
    option.choices = {"reparameterised", "stick-the-landing"};
  }
  return option;
}

ElboOptions elbo_options(const Settings& settings) {
  ElboOptions options{.latent_samples = settings.integer("latent_samples")};
  if (settings.has("kl") && settings.text("kl") != "closed-form") options.kl = Kl::kMonteCarlo;
  if (settings.has("gradient") && settings.text("gradient") != "reparameterised") {
    options.gradient = BoundGradient::kStickTheLanding;
  }
  return options;
}

}  // namespace elbo::models
