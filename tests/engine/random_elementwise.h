// Element-wise operations of a random graph: each adds one node or a few to the pool, or gives false.
#pragma once

#include "tests/engine/random_pool.h"

namespace elbo {

class RandomElementwise : protected RandomPool {
 protected:
  using RandomPool::RandomPool;

  bool smooth() {
    const Tensor x = tamed(pick(), 2).tensor;
    const Tensor positive = square(x) + 0.5;
    switch (draw(0, 21)) {
      case 0:
        return keep(inexact(exp(x), 7.4));
      case 1:
        return keep(inexact(tanh(x), 1));
      case 2:
        return keep(inexact(sigmoid(x), 1));
      case 3:
        return keep(inexact(softplus(x), 2.2));
      case 4:
        return keep(inexact(log_sigmoid(x), 2.2));
      case 5:
        return keep(inexact(gelu(x), 2));
      case 6:
        return keep(inexact(expm1(x), 6.4));
      case 7:
        return keep(inexact(log1p(square(x)), 1.7));
      case 8:
        return keep(inexact(log(positive), 1.6));
      case 9:
        return keep(inexact(sqrt(positive), 2.2));
      case 10:
        return keep(inexact(rsqrt(positive), 1.5));
      case 11:
        return keep(inexact(reciprocal(positive), 2));
      case 12:
        return keep(inexact(sin(x), 1));
      case 13:
        return keep(inexact(cos(x), 1));
      case 14:
        return keep(inexact(erf(x), 1));
      case 15:
        return keep(inexact(pow(positive, chance(0.5) ? 1.5 : -0.5), 9.6));
      case 16:
        return keep(inexact(pow(sigmoid(x) + 0.5, tanh(x)), 2));
      case 17:
        return keep(inexact(1.0 - x / 3.0, 2));
      case 18:
        return keep(inexact(stop_gradient(cos(x)), 1));
      case 19:
        return keep(inexact(pow(x, 2.0) * 1.0 + 0.0, 4));
      case 20:
        return keep(inexact(-(-(x * 0.3)) * 2.0, 1.2));
      default:
        return keep(inexact(square(x), 4));
    }
  }

  bool kinked() {
    Value x;
    if (!pick(&x, exact)) return false;
    switch (draw(0, 10)) {
      case 0:
        return keep({relu(x.tensor), x.size, x.bits});
      case 1:
        return keep({abs(x.tensor), x.size, x.bits});
      case 2:
        return keep({leaky_relu(x.tensor, 0.25), x.size, x.bits + 2});
      case 3:
        return keep(inexact(elu(x.tensor, 0.7), x.size));
      case 4:
        return keep({floor(x.tensor), x.size + 1, 0});
      case 5:
        return keep({sign(x.tensor), 1, 0});
      case 6:
        return keep({clamp(x.tensor, -0.5, 1), 1, x.bits});
      case 7:
        return keep({maximum(x.tensor, 0.25), x.size + 1, std::max(x.bits, 2)});
      case 8:
        return keep({is_finite(x.tensor), 1, 0});
      case 9:
        return keep({less(0.5, x.tensor), 1, 0});
      default:
        return keep({-x.tensor, x.size, x.bits});
    }
  }

  bool binary() {
    const Value a = pick();
    Value b;
    const auto fits = [&](const Value& v) {
      const auto shape = broadcast(a.tensor.shape(), v.tensor.shape());
      return shape && shape->elements() <= kMostElements;
    };
    if (!pick(&b, fits)) return false;
    const int bits = std::max(a.bits, b.bits);
    const bool both = exact(a) && exact(b);
    switch (draw(0, both ? 11 : 7)) {
      case 0:
      case 1:
        return keep({a.tensor + b.tensor, a.size + b.size, bits});
      case 2:
        return keep({a.tensor - b.tensor, a.size + b.size, bits});
      case 3:
      case 4:
      case 5:
        return keep({a.tensor * b.tensor, a.size * b.size, std::min(kInexact, a.bits + b.bits)});
      case 6:
        return keep(inexact(a.tensor / (square(b.tensor) + 0.5), 2 * a.size));
      case 7:
        return keep({a.tensor + (-b.tensor), a.size + b.size, bits});
      case 8:
        return keep({minimum(a.tensor, b.tensor), std::max(a.size, b.size), bits});
      case 9:
        return keep({maximum(a.tensor, b.tensor), std::max(a.size, b.size), bits});
      case 10:
        return keep({equal(a.tensor, b.tensor), 1, 0});
      default:
        return keep({less_equal(a.tensor, b.tensor), 1, 0});
    }
  }

  bool choice() {
    Value condition, a = pick(), b;
    if (!pick(&condition, exact)) return false;
    const auto shape = broadcast(condition.tensor.shape(), a.tensor.shape());
    if (!shape) return false;
    const auto fits = [&](const Value& v) {
      const auto whole = broadcast(*shape, v.tensor.shape());
      return whole && whole->elements() <= kMostElements;
    };
    if (!pick(&b, fits)) return false;
    const Tensor chosen = select(less(condition.tensor, 0.25), a.tensor, b.tensor);
    return keep({chosen, std::max(a.size, b.size), std::max(a.bits, b.bits)});
  }
};

}  // namespace elbo
