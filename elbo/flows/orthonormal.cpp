#include "elbo/flows/orthonormal.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

// A vector of zeros stays one.
constexpr double kSmallestSquare = 1e-30;

Tensor unit(Tensor v) {
  return v * rsqrt(maximum(dot(v, v), kSmallestSquare));
}

// v [n, 1, dim] without its components along the rows of `basis` [n, m, dim].
Tensor cleared(Tensor v, Tensor basis) {
  return v - sum(basis * dot(basis, v), {.axes = {1}, .keep = true});
}

}  // namespace

Tensor orthonormal_rows(Tensor a) {
  const int64_t count = a.shape()[1];
  Tensor basis;
  for (int64_t m = 0; m < count; ++m) {
    Tensor v = unit(slice(a, {.axis = 1, .start = m, .stop = m + 1}));
    for (int pass = 0; pass < 2 && m > 0; ++pass) v = unit(cleared(v, basis));
    basis = m == 0 ? v : concat({basis, v}, 1);
  }
  return basis;
}

}  // namespace elbo::flows
