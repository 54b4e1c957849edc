#include "elbo/prob/rising_factorial.h"

#include "elbo/engine/ops.h"

namespace elbo::prob {

namespace {

constexpr int kFactors = 8;

// log Γ(y) - (y - ½) log y + y - ½ log 2π, for y of at least 8.
Tensor stirling_rest(Tensor y) {
  const Tensor inverse = 1 / y, s = square(inverse);
  return inverse *
         (1.0 / 12 +
          s * (-1.0 / 360 +
               s * (1.0 / 1260 + s * (-1.0 / 1680 + s * (1.0 / 1188 + s * (-691.0 / 360360 + s * (1.0 / 156)))))));
}

// log (b)_n for b of at least 8.
Tensor log_rise(Tensor b, Tensor n) {
  const Tensor top = b + n;
  return (b - 0.5) * log1p(n / b) + n * (log(top) - 1) + stirling_rest(top) - stirling_rest(b);
}

// Σ log(1 + n / (r + k)) over the eight k: what (r)_n has less than (r + 8)_n.  In two halves, so that f32 holds them.
Tensor log_factors(Tensor r, Tensor n) {
  const auto half = [&](int first) {
    Tensor product = 1 + n / (r + static_cast<double>(first));
    for (int k = first + 1; k < first + kFactors / 2; ++k) product = product * (1 + n / (r + static_cast<double>(k)));
    return log(product);
  };
  return half(0) + half(kFactors / 2);
}

}  // namespace

Tensor log_rising_factorial(Tensor r, Tensor n) {
  const Tensor is_small = less(r, kFactors), small = minimum(r, static_cast<double>(kFactors));
  const Tensor b = select(is_small, r + static_cast<double>(kFactors), r);
  return log_rise(b, n) - select(is_small, log_factors(small, n), 0.0);
}

Tensor log_factorial(Tensor n) {
  const Tensor one = n.graph().constant(1.0);
  return log_rise(one + static_cast<double>(kFactors), n) - log_factors(one, n);
}

}  // namespace elbo::prob
