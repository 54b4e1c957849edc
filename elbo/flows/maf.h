// Masked autoregressive flow.  y_i = μ_i + exp(α_i) z_i, μ_i and α_i from y_1 ... y_{i-1}
//                                                                Papamakarios, Pavlakou & Murray (2017), eq. 2-5
//   log|det J| = Σ_i α_i
//
//   const Autoregressive maf{scope, affine_map(3), {.dim = 21, .layers = 5,
//                                                  .network = nn::made({.hidden = {512, 512}})}};
//
// The density (inverse) is one pass of the network, a sample (forward) is dim dependent steps.  α is bounded smoothly,
// α = B tanh(a/B).  The networks' outputs are μ of all columns, then a of all.
#pragma once

#include "elbo/flows/autoregressive.h"

namespace elbo::flows {

ColumnMap affine_map(double log_scale_bound);
Option log_scale_bound_option();

extern const FlowFamily kMafFamily;

}  // namespace elbo::flows
