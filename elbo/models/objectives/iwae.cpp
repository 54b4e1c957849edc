// The importance-weighted autoencoder.                                 Burda, Grosse & Salakhutdinov (2016), eq. 8
//
//   loss = -log (1/K) Σ_k p(x, z_k) / q(z_k | x)
//
// Beside it the bound of the same draws, which it lies below: their mean instead of the log of their mean weight.
#include "elbo/engine/ops.h"
#include "elbo/models/importance.h"
#include "elbo/models/objective.h"

namespace elbo::models {

extern const VaeObjective kIwaeObjective;
const VaeObjective kIwaeObjective{
    .name = "iwae",
    .description = "the importance-weighted bound, its K being latent_samples",
    .paper = "Burda et al. 2016",
    .settings = {latent_samples_option("K: codes drawn for each example, whose weights are averaged")},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const Tensor weights = log_weights(vae, x, {.importance_samples = settings.integer("latent_samples")});
      return {.loss = -log_mean_exp(weights, {.axes = {0}}),
              .parts = {{"negative_elbo", -mean(weights, {.axes = {0}}), 1}}};
    }};

}  // namespace elbo::models
