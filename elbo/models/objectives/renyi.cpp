// The variational Rényi bound.                                                        Li & Turner (2016), eq. 5 and 9
//
//   loss = -1/(1 - α) log (1/K) Σ_k (p(x, z_k) / q(z_k | x))^(1 - α),  α ≠ 1
//
// α = 0 is the importance-weighted bound, α = 1, its limit, the evidence lower bound; in between it lies between them,
// and with α below 0 above log p(x), as far as K draws can tell.  With K = 1 all are the same.
#include "elbo/engine/ops.h"
#include "elbo/models/importance.h"
#include "elbo/models/objective.h"

namespace elbo::models {

namespace {

Option renyi_samples() {
  Option option = latent_samples_option("K: codes drawn for each example, whose weights are averaged");
  option.value = int64_t{5};
  return option;
}

}  // namespace

extern const VaeObjective kRenyiObjective;
const VaeObjective kRenyiObjective{
    .name = "renyi",
    .description = "the bound by Rényi's divergence of order alpha, its K being latent_samples",
    .paper = "Li & Turner 2016",
    .settings = {renyi_samples(),
                 Number{.key = "alpha",
                        .value = 0.5,
                        .meaning = "order: 0 is the importance-weighted bound, 1 the evidence lower bound; the more, "
                                   "the more q(z|x) keeps to one mode"}},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const Tensor weights = log_weights(vae, x, {.importance_samples = settings.integer("latent_samples")});
      const Tensor negative_elbo = -mean(weights, {.axes = {0}});
      const double rest = 1 - settings.number("alpha");
      return {.loss = rest == 0 ? negative_elbo : -log_mean_exp(rest * weights, {.axes = {0}}) / rest,
              .parts = {{"negative_elbo", negative_elbo, 1}}};
    }};

}  // namespace elbo::models
