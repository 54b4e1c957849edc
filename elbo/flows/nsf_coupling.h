// Neural spline flow, coupling form: each mapped column goes through a rational-quadratic spline with linear tails
// whose knots come from the other half                              Durkan, Bekasov, Murray & Papamakarios (2019)
//
//   const prob::AnyTransform flow = make_flow(
//       "nsf-coupling", {.scope = parameters / "flow", .dim = 21}, {"layers=5", "network.hidden=[128, 128]",
//       "bins=8"});
//
// Both directions are closed form (rational_quadratic.h) and one pass.  Settings: see coupling.h, and bins,
// bound.
#pragma once

#include "elbo/flows/coupling.h"

namespace elbo::flows {

extern const FlowFamily kNsfCouplingFamily;

}  // namespace elbo::flows
