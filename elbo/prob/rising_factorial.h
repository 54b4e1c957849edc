// Products of successive numbers, as the probabilities of counts have them.
//
//   log (r)_n = log r (r + 1) ... (r + n - 1) = log Γ(r + n) - log Γ(r),     log n! = log (1)_n
//
// By Stirling's series beyond 8, to which smaller numbers are carried by eight factors: to 1e-13 in f64.  What is
// subtracted are not two log-gammas, which lose all digits for large r, but their series term by term.  Compositions:
// they have derivatives of every order (those of log Γ are digamma, trigamma ...).
#pragma once

#include "elbo/engine/graph.h"

namespace elbo::prob {

// r above 0, n at least 0; element-wise, broadcast.
Tensor log_rising_factorial(Tensor r, Tensor n);
Tensor log_factorial(Tensor n);

}  // namespace elbo::prob
