// β-VAE: the divergence weighed by β.                                          Higgins et al. (2017), eq. 4
//
//   loss = reconstruction + β w(step) KL(q(z | x) || p(z)),  w the schedule's factor
#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/nn/schedule.h"

namespace elbo::models {

extern const VaeObjective kBetaVaeObjective;
const VaeObjective kBetaVaeObjective{
    .name = "beta-vae",
    .description = "reconstruction + beta KL: more than 1 asks for codes nearer to the prior, less for sharper ones",
    .paper = "Higgins et al. 2017",
    .settings = {latent_samples_option("codes drawn for each example in a step"), kl_option(),
                 Number{.key = "beta", .value = 4.0, .meaning = "weight of the divergence", .limits = {.at_least = 0}},
                 Part{.key = "schedule",
                      .value = "constant",
                      .meaning = "how that weight comes about in training; validation takes all of it",
                      .rows = nn::schedules().view(nn::follows_the_step)}},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      const Tensor weight =
          settings.number("beta") * nn::factor(x.graph(), {.steps = site.steps}, settings.part("schedule"));
      return {.loss = terms.reconstruction + weight * terms.kl,
              .parts = {{"reconstruction", terms.reconstruction, 1},
                        {"kl", terms.kl},
                        {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
