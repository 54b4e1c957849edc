// Inverse autoregressive flow.  y_i = σ_i z_i + (1 - σ_i) m_i, σ_i = sigmoid(s_i), m_i and s_i from z_1 ... z_{i-1} and
// the context                                          Kingma, Salimans, Jozefowicz et al. (2016), eq. 10-14, alg. 1
//   log|det J| = Σ_i log σ_i
//
//   const Autoregressive iaf{scope, gated_map(), {.dim = 32, .layers = 4, .context_dim = 64, .hidden = {320, 320},
//                                                 .network_sees = NetworkSees::kBase}};
//
// A sample with its density (forward) is one pass of the network; the inverse is dim dependent steps.  s starts at 2,
// an almost open gate, and counts as at least -20, where σ is 2e-9 and f32 could undo nothing.  The
// networks' outputs are m of all columns, then s.  "iaf-affine" is the plain form y_i = μ_i + exp(α_i) z_i of eq. 10
// (flows/maf.h has the map).
#pragma once

#include "elbo/flows/autoregressive.h"

namespace elbo::flows {

ColumnMap gated_map();

extern const FlowFamily kIafFamily;
extern const FlowFamily kIafAffineFamily;

}  // namespace elbo::flows
