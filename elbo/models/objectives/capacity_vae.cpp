// A capacity that the code is given bit by bit.                                              Burgess et al. (2018), eq.
// 8
//
//   loss = reconstruction + γ |KL - C w(step)|,  KL the mean over the batch, w the schedule's factor
//
// The code may tell as many nats as C has come to, and is held to just that; in the published form C rises in a
// straight line from 0.
#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/nn/schedule.h"

namespace elbo::models {

extern const VaeObjective kCapacityVaeObjective;
const VaeObjective kCapacityVaeObjective{
    .name = "capacity-vae",
    .description = "reconstruction + gamma |KL - C|: the code is to tell C nats, which rise in training",
    .paper = "Burgess et al. 2018",
    .settings =
        {latent_samples_option("codes drawn for each example in a step"), kl_option(),
         Number{.key = "capacity",
                .value = 25,
                .meaning = "C at its end: what the code is to tell of an example",
                .unit = "nats",
                .limits = {.at_least = 0}},
         Number{.key = "gamma", .value = 100, .meaning = "weight of the distance from it", .limits = {.at_least = 0}},
         Part{.key = "schedule",
              .value = "warm-up",
              .meaning = "how C comes about in training; validation takes all of it",
              .rows = nn::schedules().view(nn::follows_the_step)}},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
      const Tensor capacity =
          settings.number("capacity") * nn::factor(x.graph(), {.steps = site.steps}, settings.part("schedule"));
      return {.loss = terms.reconstruction + settings.number("gamma") * abs(mean(terms.kl) - capacity),
              .parts = {{"reconstruction", terms.reconstruction, 1},
                        {"kl", terms.kl},
                        {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
