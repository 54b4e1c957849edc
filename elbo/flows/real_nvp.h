// RealNVP: affine coupling.  y_i = exp(s_i(z_kept)) z_i + t_i(z_kept);  log|det J| = Σ_i s_i
//                                                                  Dinh, Sohl-Dickstein & Bengio (2017), eq. 4-8
//
//   const prob::AnyTransform flow = make_flow(
//       "real-nvp", {.scope = parameters / "flow", .dim = 2}, {"layers=8", "network.hidden=[64, 64]"});
//
// Log-scales are bounded smoothly, s = B tanh(a/B), so that no layer can overflow.  Both directions are one pass.
// Settings: see coupling.h, and log_scale_bound.
//
// Glow (Kingma & Dhariwal 2018) is the same stack with an invertible matrix between layers and actnorm after each.
#pragma once

#include "elbo/flows/coupling.h"

namespace elbo::flows {

extern const FlowFamily kRealNvpFamily;
extern const FlowFamily kGlowFamily;

}  // namespace elbo::flows
