#include "elbo/flows/orthonormal.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

constexpr double kSmallestSquare = 1e-30;

}  // namespace

Tensor unit_vector(Tensor v) {
  return v * rsqrt(maximum(dot(v, v), kSmallestSquare));
}

Tensors orthonormal(const Tensors& vectors) {
  Tensors basis;
  for (Tensor v : vectors) {
    v = unit_vector(v);
    for (int pass = 0; pass < 2 && !basis.empty(); ++pass) {
      Tensor cleared = v;
      for (const Tensor& earlier : basis) cleared = cleared - dot(v, earlier) * earlier;
      v = unit_vector(cleared);
    }
    basis.push_back(v);
  }
  return basis;
}

}  // namespace elbo::flows
