// Operations of a random graph that are not element-wise: sums, products, movement, indices, draws.
#pragma once

#include "elbo/engine/ops.h"
#include "tests/engine/random_elementwise.h"

namespace elbo {

class RandomStructural : protected RandomElementwise {
 protected:
  using RandomElementwise::RandomElementwise;

  bool reduction() {
    const Value x = pick();
    const Shape& shape = x.tensor.shape();
    Reduce options{.keep = chance(0.6)};
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (chance(0.5)) options.axes.push_back(axis);
    }
    const Tensor total = sum(x.tensor, options);
    const int64_t count = total.shape().elements() == 0 ? 1 : shape.elements() / total.shape().elements();
    const auto many = static_cast<double>(std::max<int64_t>(count, 1));
    if (shape.elements() == 0) return keep({total, 1, x.bits});  // others of nothing are not finite
    switch (draw(0, exact(x) ? 5 : 3)) {
      case 0:
      case 1:
        return keep({total, x.size * many, x.bits});
      case 2:
        return keep(inexact(mean(x.tensor, options), x.size));
      case 3:
        return keep(inexact(log_sum_exp(tamed(x).tensor, options), kLargest + std::log(many)));
      case 4:
        return keep({reduce_max(x.tensor, options), x.size, x.bits});
      default:
        return keep({reduce_min(x.tensor, options), x.size, x.bits});
    }
  }

  bool matrix_product() {
    Value a, b;
    if (!pick(&a, [](const Value& v) { return v.tensor.shape().rank() >= 2; })) return false;
    const Shape& shape = a.tensor.shape();
    const bool ta = shape.rank() == 2 && chance(0.3), tb = chance(0.5);
    const int64_t k = shape.last(ta ? 1 : 0);
    const auto fits = [&](const Value& v) {
      const Shape& other = v.tensor.shape();
      if (other.rank() != shape.rank() || other.last(tb ? 0 : 1) != k) return false;
      for (int axis = 0; axis + 2 < shape.rank(); ++axis) {
        if (other[axis] != shape[axis]) return false;
      }
      return shape.elements() / std::max<int64_t>(k, 1) * other.last(tb ? 1 : 0) <= kMostElements;
    };
    if (!chance(0.5) || !pick(&b, fits)) {  // weights of its own
      const int64_t n = draw(1, 2) == 1 ? options_.cols : draw(1, 9);
      b = add_variable(tb ? Shape{n, k} : Shape{k, n});
    }
    Value product{matmul(a.tensor, b.tensor, {.transpose_a = ta, .transpose_b = tb}),
                  a.size * b.size * static_cast<double>(std::max<int64_t>(k, 1)), std::min(kInexact, a.bits + b.bits)};
    if (chance(0.6) && product.tensor.shape().elements() <= kMostElements) {  // a layer: bias and activation
      const Value bias = add_variable({product.tensor.shape().last(0)});
      product = {product.tensor + bias.tensor, product.size + bias.size, std::max(product.bits, bias.bits)};
      if (exact(product) && chance(0.7)) return keep({relu(product.tensor), product.size, product.bits});
      if (chance(0.5)) return keep(inexact(tanh(tamed(product).tensor), 1));
    }
    return keep(product);
  }

  bool move() {
    const Value x = pick();
    const Shape& shape = x.tensor.shape();
    const int rank = shape.rank();
    const int64_t count = shape.elements();
    std::vector<int> permutation(static_cast<size_t>(rank));
    switch (draw(0, 5)) {
      case 0:
        return keep({reshape(x.tensor, {count}), x.size, x.bits});
      case 1: {  // rows cut in two, or one more axis
        std::vector<int64_t> dims = shape.dims();
        const auto axis = static_cast<size_t>(rank > 0 ? draw(0, rank - 1) : 0);
        if (rank > 0 && dims[axis] % 2 == 0 && dims[axis] > 0 && rank < 4) {
          dims[axis] /= 2;
          dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis + (chance(0.5) ? 1 : 0)), 2);
        } else if (rank < 4) {
          dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
        } else {
          dims = {dims[0] * dims[1], dims[2] * dims[3]};
        }
        return keep({reshape(x.tensor, Shape(dims)), x.size, x.bits});
      }
      case 2:  // back to rows and columns
        if (count != options_.rows * options_.cols) return false;
        return keep({reshape(x.tensor, {options_.rows, options_.cols}), x.size, x.bits});
      case 3:
        if (rank < 2) return false;
        return keep({transpose(x.tensor), x.size, x.bits});
      case 4:
        for (size_t axis = 0; axis < permutation.size(); ++axis) permutation[axis] = static_cast<int>(axis);
        std::shuffle(permutation.begin(), permutation.end(), random_);
        return keep({transpose(x.tensor, permutation), x.size, x.bits});
      default:
        if (rank == 0) return false;
        return keep({reverse(x.tensor, static_cast<int>(draw(0, rank - 1))), x.size, x.bits});
    }
  }

  bool cut() {
    Value x;
    if (!pick(&x, [](const Value& v) { return v.tensor.shape().rank() > 0; })) return false;
    const int axis = static_cast<int>(draw(0, x.tensor.shape().rank() - 1));
    const int64_t extent = x.tensor.shape()[axis];
    if (extent < 2) return false;
    if (chance(0.3)) {  // halves that meet again, as in a coupling layer
      const auto parts = split(x.tensor, {extent / 2, extent - extent / 2}, axis);
      const Tensor joined = concat({sin(parts[1]), parts[0] * 0.5}, axis);
      return keep(inexact(joined, std::max(1.0, x.size / 2)));
    }
    const int64_t start = draw(0, extent - 1), stop = draw(start + 1, extent);
    const int64_t every = chance(0.6) ? 1 : draw(1, 3);
    return keep({slice(x.tensor, {.axis = axis, .start = start, .stop = stop, .step = every}), x.size, x.bits});
  }

  bool join() {
    Value x, y;
    if (!pick(&x, [](const Value& v) { return v.tensor.shape().rank() > 0; })) return false;
    const Shape& shape = x.tensor.shape();
    const int axis = static_cast<int>(draw(0, shape.rank() - 1));
    if (chance(0.4)) {
      const bool zero = chance(0.5);
      const Tensor padded =
          pad(x.tensor, {.axis = axis, .before = draw(0, 3), .after = draw(0, 3), .value = zero ? 0 : 0.5});
      return keep({padded, x.size + 1, std::max(x.bits, 1)});
    }
    const auto fits = [&](const Value& v) {
      return v.tensor.shape().rank() == shape.rank() && v.tensor.shape().without(axis) == shape.without(axis);
    };
    if (!pick(&y, fits)) return false;
    Tensors parts = {x.tensor, y.tensor};
    for (int64_t more = draw(0, 5); more > 3; --more) parts.push_back(parts[static_cast<size_t>(draw(0, 1))]);
    return keep({concat(parts, axis), std::max(x.size, y.size), std::max(x.bits, y.bits)});
  }

  bool along_axis() {
    Value x;
    if (!pick(&x, [](const Value& v) { return v.tensor.shape().rank() > 0; })) return false;
    const int axis = static_cast<int>(draw(0, x.tensor.shape().rank() - 1));
    const auto extent = static_cast<double>(std::max<int64_t>(1, x.tensor.shape()[axis]));
    return keep(
        {cumsum(x.tensor, {.axis = axis, .exclusive = chance(0.5), .reverse = chance(0.5)}), x.size * extent, x.bits});
  }

  bool indexed() {
    Value x;
    if (!pick(&x, [](const Value& v) { return v.tensor.shape().rank() > 0; })) return false;
    const int axis = static_cast<int>(draw(0, x.tensor.shape().rank() - 1));
    const int64_t extent = x.tensor.shape()[axis];
    if (extent == 0) return false;
    switch (draw(0, 2)) {
      case 0:
        return keep({gather(x.tensor, add_indices(draw(1, extent + 2), extent), axis), x.size, x.bits});
      case 1: {
        const int64_t size = draw(1, extent + 2);
        return keep({scatter_add(x.tensor, add_indices(extent, size), axis, size), x.size * static_cast<double>(extent),
                     x.bits});
      }
      default:
        return keep({one_hot(add_indices(options_.rows, 4), 4), 1, 0});
    }
  }

  bool stretch() {
    const Value x = pick();
    const Shape& shape = x.tensor.shape();
    if (chance(0.5)) {
      if (shape.rank() == 0 || shape.rank() > 3) return false;
      const int64_t samples = draw(2, 3);
      if (shape.elements() * samples > kMostElements) return false;
      return keep({repeat_rows(x.tensor, samples), x.size, x.bits});
    }
    const auto whole = broadcast(shape, {options_.rows, options_.cols});
    if (!whole || whole->elements() > kMostElements) return false;
    return keep({broadcast_to(x.tensor, *whole), x.size, x.bits});
  }

  // Of the spline y alone: its slope has a kink at each knot.
  bool spline() {
    Value x;
    if (!pick(&x, [](const Value& v) { return v.tensor.shape().rank() > 1 && v.tensor.shape().last(0) > 0; })) {
      return false;
    }
    const Shape& shape = x.tensor.shape();
    const int last = shape.rank() - 1;
    const int64_t bins = draw(1, 4), at = draw(0, shape[last] - 1);
    const Tensor column = slice(tamed(x, 3).tensor, {.axis = last, .start = at, .stop = at + 1});
    Shape rows = shape;
    rows.set(last, 3 * bins - 1);
    if (rows.elements() > kMostElements) return false;
    const Tensor theta = broadcast_to(add_variable({3 * bins - 1}).tensor, rows);
    const Tensor mapped = rational_quadratic_spline(
        column, theta, {.bins = bins, .bound = 1.5, .smallest_bin = 0.1, .inverse = chance(0.5)});
    return keep(inexact(slice(mapped, {.axis = last, .start = 0, .stop = 1}), 3));
  }

  // The step, small enough to be tame whatever it is.
  bool counted() {
    if (chance(0.5)) return keep({step_in_period(graph(), draw(1, 4)), 3, 0});
    return keep({minimum(step_number(graph()) * 0.25, 2.0), 2, 2});
  }

  bool drawn() {
    const Shape shapes[] = {{options_.rows, options_.cols}, {options_.rows, 1}, {options_.cols}, {}};
    const Shape& shape = shapes[draw(0, 3)];
    if (chance(0.5)) return keep(inexact(random_normal(graph(), shape), 6));
    return keep(inexact(random_uniform(graph(), shape), 1));
  }
};

}  // namespace elbo
