// ControlVAE: a proportional-integral controller of the divergence.                  Shao et al. (2020), eq. 5 to 8
//
//   β(t) = Kp / (1 + exp e(t)) - Ki Σ_{s≤t} e(s) + β_min,  within [β_min, β_max]
//
// The sum stands still while β is outside of its limits.
#include "elbo/models/objectives/controlled_internal.h"

namespace elbo::models {

extern const VaeObjective kControlVaeObjective;
const VaeObjective kControlVaeObjective{
    .name = "control-vae",
    .description = "reconstruction + beta KL, beta moved by a controller until the code tells set_point nats",
    .paper = "Shao et al. 2020",
    .settings = controller_settings(0, 1),
    .declare = [](const ObjectiveSite& site,
                  const Settings& s) { declare_controller(site, s.number("beta_min"), {"sum"}); },
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      const double kp = settings.number("kp"), ki = settings.number("ki");
      const double least = settings.number("beta_min"), most = settings.number("beta_max");
      return controlled_terms(vae, x, site, settings, [&](const ControlStep& step, Tensor /*beta*/) {
        const Tensor before = step.kept("sum"), with_error = before - ki * step.error;
        const Tensor proportional = kp * sigmoid(-step.error);
        const Tensor free = proportional + with_error + least;
        const Tensor outside = maximum(less(free, least), less(most, free));
        const Tensor sum = select(outside, before, with_error);
        step.keep("sum", sum);
        return proportional + sum + least;
      });
    }};

}  // namespace elbo::models
