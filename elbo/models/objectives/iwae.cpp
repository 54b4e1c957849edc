// The importance-weighted autoencoder.                                 Burda, Grosse & Salakhutdinov (2016), eq. 8
//
//   loss = -log (1/K) Σ_k w_k,  w_k = p(x, z_k) / q(z_k | x),  z_k ~ q(z | x)
//
// Beside it the bound of the same draws, which it lies below: their mean instead of the log of their mean weight.
//
// With v_k = w_k / Σ w, the gradient by the model p is Σ v_k ∂log w_k.  That by q has a signal that vanishes beside its
// noise as K grows; doubly reparameterised it is Σ v_k² (∂log w_k / ∂z_k) (∂z_k / ∂q), whose does not.
//                                                                                         Tucker et al. (2019), eq. 8
#include "elbo/engine/ops.h"
#include "elbo/models/importance.h"
#include "elbo/models/objective.h"
#include "elbo/models/samples.h"

namespace elbo::models {

namespace {

// [K, batch]: of values the weights, with gradients to the model alone and to the draws alone.
struct SplitWeights {
  Tensor by_model, by_draws;
};

SplitWeights split_log_weights(const Vae& vae, Tensor x, int64_t samples) {
  const int64_t batch = require_batch("iwae", x, "latent_samples", samples);
  const prob::Distribution posterior = vae.posterior(x);
  const prob::Distribution weighing = prob::held(posterior);
  const Tensor drawn = posterior.sample(x.graph(), samples * batch);
  const auto weights_at = [&](Tensor z) {
    const Tensor log_p = vae.likelihood(z).log_prob(repeat_rows(x, samples)) + vae.prior.log_prob(z);
    return reshape(log_p - weighing.log_prob(z), {samples, batch});
  };
  const Tensor by_model = weights_at(stop_gradient(drawn));
  const Graph::HoldGuard hold = x.graph().hold_variables();
  return {.by_model = by_model, .by_draws = weights_at(drawn)};
}

// The value of `value`, the gradient of `follows`.
Tensor with_gradient_of(Tensor value, Tensor follows) {
  return stop_gradient(value - follows) + follows;
}

Tensor doubly_reparameterised(const SplitWeights& weights) {
  const Tensor value = log_mean_exp(weights.by_model, {.axes = {0}});
  const Tensor share =
      stop_gradient(exp(weights.by_model - log_sum_exp(weights.by_model, {.axes = {0}, .keep = true})));
  return -with_gradient_of(value, sum(share * weights.by_model + square(share) * weights.by_draws, {.axes = {0}}));
}

}  // namespace

extern const VaeObjective kIwaeObjective;
const VaeObjective kIwaeObjective{
    .name = "iwae",
    .description = "the importance-weighted bound, its K being latent_samples",
    .paper = "Burda et al. 2016; Tucker et al. 2019",
    .settings = {latent_samples_option("K: codes drawn for each example, whose weights are averaged"),
                 gradient_option(true)},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const int64_t samples = settings.integer("latent_samples");
      if (settings.text("gradient") == "doubly-reparameterised") {
        const SplitWeights weights = split_log_weights(vae, x, samples);
        return {.loss = doubly_reparameterised(weights),
                .parts = {{"negative_elbo", -mean(weights.by_draws, {.axes = {0}}), 1}}};
      }
      const Tensor weights =
          log_weights(vae, x, {.importance_samples = samples, .gradient = elbo_options(settings).gradient});
      return {.loss = -log_mean_exp(weights, {.axes = {0}}),
              .parts = {{"negative_elbo", -mean(weights, {.axes = {0}}), 1}}};
    }};

}  // namespace elbo::models
