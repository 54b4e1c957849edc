#include "elbo/flows/nsf_coupling.h"

#include "elbo/flows/nsf_autoregressive.h"

namespace elbo::flows {

const FlowFamily kNsfCouplingFamily{
    .name = "nsf-coupling",
    .description = "coupling with rational-quadratic splines",
    .paper = "Durkan, Bekasov, Murray & Papamakarios 2019",
    .settings = joined(joined(coupling_settings(), mixing_settings()), spline_settings()),
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return coupling_stack("nsf-coupling", spline_map(spline_options(s)), site, coupling_options(s));
    }};

}  // namespace elbo::flows
