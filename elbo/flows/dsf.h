// Deep sigmoidal flow: a monotone network for each column, its weights from the columns before; a universal density
// approximator                                         Huang, Krueger, Lacoste & Courville (2018), eq. 8, section 3.1
//
//   y = logit(Σ_j w_j σ(a_j x + b_j)),  a_j > 0, w_j > 0, Σ_j w_j = 1
//
//   const MappedColumns mapped = deep_sigmoid(x, theta);        // theta [rows, dim, 3 units]: a, b, w unconstrained
//
// Everything is computed from logs of σ(c) and 1 - σ(c), so that far tails (where y is a line in x) lose nothing.
// log y's slope at x:  LSE_j(log w_j + log a_j + log σ(c_j) + log σ(-c_j)) - log p - log(1 - p), p the sum above.
//
// The family is masked autoregressive: the density (inverse) is one pass; a sample (forward) is dim dependent steps,
// each with a root solve.  The root lies between the least and the largest (y - b_j)/a_j; Newton's method is guarded
// by bisection there.  Gradients through the solve are exact to first order.
#pragma once

#include "elbo/flows/autoregressive.h"

namespace elbo::flows {

// x [rows, n], theta [rows, n, 3 units] -> y and its log-slope, both [rows, n].
MappedColumns deep_sigmoid(Tensor x, Tensor theta);
// The x with deep_sigmoid(x) = y, and the log-slope of this direction.
MappedColumns deep_sigmoid_inverse(Tensor y, Tensor theta);

// The map whose forward is the root solve, as the density needs it.
ColumnMap deep_sigmoidal_map(int64_t units);

extern const FlowFamily kDsfFamily;

}  // namespace elbo::flows
