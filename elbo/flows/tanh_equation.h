// The equation that the inverses of planar and Sylvester flows come down to:  β + m tanh β = c,  m > -1.
//
//   const Tensor beta = solve_tanh_equation(c, one_plus);      // one_plus = 1 + m, above 0
//
// The left side is odd and grows everywhere, so there is one solution for every c.
#pragma once

#include "elbo/engine/graph.h"

namespace elbo::flows {

struct TanhSolution {
  Tensor beta;
  Tensor tanh;   // of beta
  Tensor slope;  // of the left side at beta: 1 + m (1 - tanh²), a sum of positive terms
};

// c and one_plus broadcast to each other.  Newton's method runs to the root from one side of it, without ever crossing;
// as many steps as 1 + m from 1e-10 to 1e7 needs.  Gradients by c and one_plus are exact to first order (one more step,
// at the solution, carries them).
TanhSolution solve_tanh_equation(Tensor c, Tensor one_plus, int newton_steps = 24);

}  // namespace elbo::flows
