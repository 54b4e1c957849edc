// NICE: additive coupling.  y_i = z_i + t_i(z_kept);  log|det J| = 0      Dinh, Krueger & Bengio (2015), section 3.2
//
//   const prob::AnyTransform nice = make_flow("nice", {.scope = parameters / "flow", .dim = 20}, {"layers=4"});
//
// Volume stays what it is; an element-wise affine map after it (paper: scaling, section 3.3) or actnorm changes it.
// Both directions are one pass.  Settings: see coupling.h.
#pragma once

#include "elbo/flows/coupling.h"

namespace elbo::flows {

ColumnMap additive_map();

extern const FlowFamily kNiceFamily;

}  // namespace elbo::flows
