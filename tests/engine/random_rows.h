// Operations of a random graph on rows: what flows are made of.  Slices of slices, softmax, cumulative sums, products
// with weights, sums over the rows that all wait for; every value is [rows, a few columns].
#pragma once

#include "elbo/engine/ops.h"
#include "tests/engine/random_structural.h"

namespace elbo {

class RandomRows : protected RandomStructural {
 protected:
  using RandomStructural::RandomStructural;

  void make_rows() {
    for (int64_t i = draw(1, 3); i > 0; --i) pool_.push_back(add_input({options_.rows, row_width()}));
    pool_.push_back(add_input({options_.rows, 1}));
    if (chance(0.5)) pool_.push_back(add_variable({options_.rows, row_width()}));
  }

  bool row_step() {
    const Value x = pick();
    const Tensor t = x.tensor;
    const int64_t n = cols_of(x);
    const Value y = of_width(n, x), z = of_width(n, x);
    const double each = 1.0 / static_cast<double>(n);
    switch (draw(0, 17)) {
      case 0:
      case 1:
      case 2:
        return keep_row(chance(0.3) ? some_columns(some_columns(t)) : some_columns(t), x.size);
      case 3:
        return side_by_side();
      case 4:
        return keep_row(cumsum(t, {.exclusive = chance(0.4), .reverse = chance(0.4)}) * each, x.size);
      case 5:
        return keep_row(reverse(t, -1), x.size);
      case 6:
        return keep_row(pad(t, {.axis = -1, .before = draw(0, 3), .after = draw(0, 3), .value = 0.5}), x.size + 1);
      case 7:
        return keep_row(over_columns(t) * each, x.size);
      case 8: {
        const Tensor e = exp(tamed(x, 2).tensor);
        return keep_row(e / over_columns(e), 1);
      }
      case 9:
        return keep_row(t * y.tensor + z.tensor, x.size * y.size + z.size);
      case 10:
        return keep_row(over_columns(some_columns(t * y.tensor)) * each, x.size * y.size);
      case 11:
        return keep_row(t - y.tensor, x.size + y.size);
      case 12:
        return keep_row(chance(0.5) ? tanh(t) : square(t) * 0.25, std::max(1.0, x.size * x.size / 4));
      case 13:
        return layer(x);
      case 14:  // every row waits for all
        return keep_row(t - mean(t * y.tensor, {.axes = {0}, .keep = true}), x.size * (1 + y.size));
      case 15:
        return keep_row(t * add_variable({1, n}).tensor + add_variable({n}).tensor, 2 * x.size + 2);
      case 16:
        return keep_row(t * some_column(y.tensor), x.size * y.size);
      default: {
        const int64_t bins = (n + 1) / 3;
        if (bins < 1) return false;
        const Tensor theta = slice(tamed(x, 2).tensor, {.axis = -1, .start = 0, .stop = 3 * bins - 1});
        const Tensor mapped = rational_quadratic_spline(
            some_column(tamed(y, 3).tensor), theta,
            {.bins = bins, .bound = 1.5, .smallest_bin = 0.5 / static_cast<double>(bins), .inverse = chance(0.5)});
        return keep_row(slice(mapped, {.axis = -1, .start = 0, .stop = 1}), 3);
      }
    }
  }

 private:
  static int64_t cols_of(const Value& v) { return v.tensor.shape().last(0); }
  int64_t row_width() { return chance(0.1) ? draw(25, 40) : draw(2, chance(0.6) ? 9 : 24); }
  static Tensor over_columns(Tensor x) { return sum(x, {.axes = {-1}, .keep = true}); }

  bool keep_row(Tensor tensor, double size) {
    return tensor.shape().last(0) <= 64 && keep(inexact(tensor, std::max(size, 1.0)));
  }
  Value of_width(int64_t width, const Value& otherwise) {
    Value found;
    return pick(&found, [&](const Value& v) { return cols_of(v) == width; }) ? found : otherwise;
  }
  Tensor some_columns(Tensor x) {
    const int64_t n = x.shape().last(0), start = draw(0, n - 1);
    const int64_t stop = chance(0.25) ? start + 1 : draw(start + 1, n);
    return slice(x, {.axis = -1, .start = start, .stop = stop, .step = chance(0.7) ? 1 : draw(1, 4)});
  }
  Tensor some_column(Tensor x) {
    const int64_t at = draw(0, x.shape().last(0) - 1);
    return slice(x, {.axis = -1, .start = at, .stop = at + 1});
  }

  bool side_by_side() {
    Tensors parts;
    double size = 0;
    for (int64_t i = chance(0.6) ? draw(2, 3) : draw(4, 7); i > 0; --i) {
      const Value part = pick();
      parts.push_back(chance(0.6) ? some_columns(part.tensor) : part.tensor);
      size = std::max(size, part.size);
    }
    return keep_row(concat(parts, -1), size);
  }

  bool layer(const Value& x) {
    const int64_t in = cols_of(x), out = row_width();
    const bool turned = chance(0.7);
    const Tensor w = add_variable(turned ? Shape{out, in} : Shape{in, out}).tensor;
    const Tensor h = matmul(x.tensor, w, {.transpose_b = turned}) * (0.5 / static_cast<double>(in));
    return keep_row(chance(0.6) ? tanh(h + add_variable({out}).tensor) : h, x.size);
  }
};

}  // namespace elbo
