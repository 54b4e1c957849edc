// DynamicVAE: a controller of increments, so that β may also fall quickly.                    Shao et al. (2022), eq. 6
//
//   β(t) = β(t-1) + Kp [σ(-e(t)) - σ(-e(t-1))] - Ki e(t),  within [β_min, β_max],  from β_max
//
// e is of a divergence that is averaged over some steps, as published: of weight 1/5 for the last.  The published
// training anneals the set point as well: schedule = "warm-up".
#include "elbo/models/objectives/controlled_internal.h"

namespace elbo::models {

namespace {

constexpr double kNewest = 0.2;  // its weight in the running mean: five steps, about

}  // namespace

extern const VaeObjective kDynamicVaeObjective;
const VaeObjective kDynamicVaeObjective{
    .name = "dynamic-vae",
    .description = "reconstruction + beta KL, beta moved step by step until the code tells set_point nats",
    .paper = "Shao et al. 2022",
    .settings = controller_settings(0, 10),
    .declare = [](const ObjectiveSite& site,
                  const Settings& s) { declare_controller(site, s.number("beta_max"), {"error"}); },
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const double kp = settings.number("kp"), ki = settings.number("ki");
      return controlled_terms(vae, x, site, settings, [&](const ControlStep& step, Tensor beta) {
        const Tensor before = step.kept("error");
        const Tensor error = before + kNewest * (step.error - before);
        step.keep("error", error);
        return beta + kp * (sigmoid(-error) - sigmoid(-before)) - ki * error;
      });
    }};

}  // namespace elbo::models
