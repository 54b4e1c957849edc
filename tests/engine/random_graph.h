// Random graphs: up to hundreds of operations over mixed shapes, for holding one way of running a graph against
// another.
//
//   const auto random = make_random_graph({.seed = 7, .operations = 200, .rows = 64, .cols = 5});
//   Interpreter(random->graph).run(random->inputs, {.seed = 1});
//
// Values stay tame: magnitudes are followed while the graph grows, and arguments are brought into the range where an
// operation is well conditioned.  Operations with a kink or a jump are applied only to values that f32 holds exactly in
// whatever order they are computed (sums and products of small multiples of 1/8), so that two ways of running never
// land on different sides; ties and exact zeros do occur.
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"

namespace elbo {

struct RandomGraphOptions {
  unsigned seed = 1;
  int operations = 100;
  int64_t rows = 7;
  int64_t cols = 5;
  bool gradients = true;
  bool updates = true;  // with gradients: of every other variable, with momentum
  bool draws = true;    // random_normal, random_uniform
};

inline std::string to_string(const RandomGraphOptions& o) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  return "{.seed = " + std::to_string(o.seed) + ", .operations = " + std::to_string(o.operations) +
         ", .rows = " + std::to_string(o.rows) + ", .cols = " + std::to_string(o.cols) +
         ", .gradients = " + flag(o.gradients) + ", .updates = " + flag(o.updates) + ", .draws = " + flag(o.draws) +
         "}";
}

struct RandomGraph {
  Graph graph;
  std::map<std::string, Array> inputs;  // f32, u8 and i32, as a compiled graph takes them
  std::vector<VariablePtr> variables;
};

class RandomGraphMaker {
 public:
  explicit RandomGraphMaker(const RandomGraphOptions& options)
      : options_(options), random_(options.seed), result_(std::make_unique<RandomGraph>()) {}

  std::unique_ptr<RandomGraph> make() {
    make_leaves();
    for (int i = 0; i < options_.operations; ++i) {
      const auto scope = graph().scope("layer" + std::to_string(i));
      while (!step()) {
      }
      if (i % 16 == 15) measure();
    }
    make_results();
    return std::move(result_);
  }

 private:
  // A tensor with what is known of its values: at most `size`, and multiples of 2^-bits (kInexact: anything).
  struct Value {
    Tensor tensor;
    double size = 1;
    int bits = kInexact;
  };
  static constexpr int kInexact = 1000;
  static constexpr double kLargest = 4;  // magnitudes the operations are given
  static constexpr int64_t kMostElements = 1 << 15;

  Graph& graph() { return result_->graph; }
  int64_t draw(int64_t low, int64_t high) { return std::uniform_int_distribution<int64_t>(low, high)(random_); }
  bool chance(double probability) { return std::bernoulli_distribution(probability)(random_); }

  static bool exact(const Value& v) { return v.bits < kInexact && std::ldexp(v.size, v.bits) < 0x1p23; }
  static Value inexact(Tensor tensor, double size) { return {tensor, size, kInexact}; }

  // Multiples of 1/8 up to 2.
  Array lattice(const Shape& shape) {
    Array array(DType::kF32, shape);
    for (float& value : array.values<float>()) value = static_cast<float>(draw(-16, 16)) / 8.0f;
    return array;
  }

  Value add_input(const Shape& shape) {
    const std::string name = "x" + std::to_string(result_->inputs.size());
    result_->inputs.emplace(name, lattice(shape));
    return {graph().input(name, shape), 2, 3};
  }
  Value add_variable(const Shape& shape) {
    const VariablePtr variable = make_variable("w" + std::to_string(result_->variables.size()), lattice(shape));
    result_->variables.push_back(variable);
    return {graph().variable(variable), 2, 3};
  }
  // Indices below `extent`, as an input or a constant.
  Tensor add_indices(int64_t count, int64_t extent) {
    Array array(DType::kI32, {count});
    for (int32_t& value : array.values<int32_t>()) value = static_cast<int32_t>(draw(0, extent - 1));
    if (chance(0.5)) return graph().constant(std::move(array));
    const std::string name = "x" + std::to_string(result_->inputs.size());
    result_->inputs.emplace(name, std::move(array));
    return graph().input(name, {count}, DType::kI32);
  }

  void make_leaves() {
    const int64_t b = options_.rows, d = options_.cols;
    for (const Shape& shape : {Shape{b, d}, Shape{b, d}, Shape{b, 1}, Shape{1, d}, Shape{b}}) {
      pool_.push_back(add_input(shape));
    }
    for (const Shape& shape : {Shape{b, d}, Shape{d}, Shape{1, d}, Shape{}}) pool_.push_back(add_variable(shape));
    Array bytes(DType::kU8, {b, d});
    for (uint8_t& value : bytes.values<uint8_t>()) value = static_cast<uint8_t>(draw(0, 255));
    result_->inputs.emplace("pixels", std::move(bytes));
    pool_.push_back({to_real(graph().input("pixels", {b, d}, DType::kU8)) * 0x1p-6, 4, 6});
    pool_.push_back({graph().constant(lattice({b, d})), 2, 3});
  }

  // Any tensor, the later ones more often.
  Value pick() {
    const auto last = static_cast<int64_t>(pool_.size()) - 1;
    return pool_[static_cast<size_t>(std::max(draw(0, last), draw(0, last)))];
  }
  // A tensor that satisfies a condition, or nothing after some tries.
  bool pick(Value* found, const std::function<bool(const Value&)>& fits) {
    for (int tries = 0; tries < 40; ++tries) {
      *found = pick();
      if (fits(*found)) return true;
    }
    return false;
  }

  // x scaled by a power of two into magnitudes up to `size`: exactness stays.
  static Value tamed(Value x, double size = kLargest) {
    if (x.size <= size) return x;
    const int down = static_cast<int>(std::ceil(std::log2(x.size / size)));
    return {x.tensor * std::ldexp(1.0, -down), std::ldexp(x.size, -down),
            x.bits >= kInexact ? kInexact : x.bits + down};
  }

  bool keep(const Value& value) {
    if (value.tensor.shape().elements() > kMostElements) return false;
    pool_.push_back(tamed(value));
    if (!exact(pool_.back())) pool_.back().bits = kInexact;
    return true;
  }

  // Real magnitudes for what the bounds have only overestimated.
  void measure() {
    Interpreter interpreter(graph());
    interpreter.run(result_->inputs, {.seed = 1, .step = 0});
    for (Value& value : pool_) {
      double size = 0;
      const Array array = interpreter.value(value.tensor);
      for (const double element : array.values<double>()) size = std::max(size, std::abs(element));
      value.size = std::max(size, 0x1p-3);
    }
  }

  bool step() {
    switch (draw(0, 19)) {
      case 0:
      case 1:
      case 2:
        return smooth();
      case 3:
        return kinked();
      case 4:
      case 5:
      case 6:
      case 7:
        return binary();
      case 8:
        return reduction();
      case 9:
        return matrix_product();
      case 10:
      case 11:
        return move();
      case 12:
        return cut();
      case 13:
        return join();
      case 14:
        return along_axis();
      case 15:
        return indexed();
      case 16:
        return choice();
      case 17:
        return planar();
      case 18:
        return stretch();
      default:
        return options_.draws && draw(0, 3) == 0 ? drawn() : smooth();
    }
  }

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

  // Some layers in a row of what the planar flow does: row products, a broadcast back, an update.
  bool planar() {
    Value z;
    if (!pick(&z, [](const Value& v) { return v.tensor.shape().rank() == 2; })) return false;
    Tensor y = tamed(z, 1).tensor;
    const int64_t d = y.shape()[1];
    if (d == 0) return false;
    const double scale = 0.25 / static_cast<double>(d);
    for (int64_t layer = draw(1, 4); layer > 0; --layer) {
      const Tensor w = add_variable({1, d}).tensor * scale, u = add_variable({1, d}).tensor * 0.25;
      const Tensor h = tanh(dot(y, w) + add_variable({}).tensor);
      y = y + u * h;
      if (layer == 1) keep(inexact(log(abs(1 + (1 - square(h)) * dot(u, w))), 1));
    }
    return keep(inexact(y, 4));
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

  bool drawn() {
    const Shape shapes[] = {{options_.rows, options_.cols}, {options_.rows, 1}, {options_.cols}, {}};
    const Shape& shape = shapes[draw(0, 3)];
    if (chance(0.5)) return keep(inexact(random_normal(graph(), shape), 6));
    return keep(inexact(random_uniform(graph(), shape), 1));
  }

  void make_results() {
    Tensor loss = graph().constant(0.0);
    const int outputs = std::min<int>(6, static_cast<int>(pool_.size()));
    for (int i = 0; i < outputs; ++i) {
      const Value value = pool_[pool_.size() - 1 - static_cast<size_t>(i * (i + 1) / 2)];
      graph().output("y" + std::to_string(i), value.tensor);
      const auto count = static_cast<double>(std::max<int64_t>(1, value.tensor.shape().elements()));
      loss = loss + sum(square(value.tensor)) * (1 / count);
    }
    graph().output("loss", loss);
    if (!options_.gradients) return;
    Tensors wrt;
    for (const VariablePtr& variable : result_->variables) wrt.push_back(graph().variable(variable));
    const Tensors grads = gradients(loss, wrt);
    for (size_t i = 0; i < wrt.size(); ++i) {
      const VariablePtr& variable = result_->variables[i];
      if (i % 3 == 0) graph().output("grad of " + variable->name, grads[i]);
      if (!options_.updates || i % 2 == 1) continue;
      const VariablePtr moment = make_variable(variable->name + ".moment", lattice(wrt[i].shape()), false);
      const Tensor mixed = graph().variable(moment) * 0.9 + grads[i] * 0.1;
      graph().update(moment, mixed);
      graph().update(variable, wrt[i] - 0.01 * mixed);
    }
    if (!options_.updates) return;
    const VariablePtr steps = make_variable("steps", Array(DType::kF32, {}), false);
    graph().update(steps, graph().variable(steps) + 1.0);
    graph().output("steps", graph().variable(steps));
  }

  RandomGraphOptions options_;
  std::mt19937_64 random_;
  std::unique_ptr<RandomGraph> result_;
  std::vector<Value> pool_;
};

inline std::unique_ptr<RandomGraph> make_random_graph(const RandomGraphOptions& options) {
  return RandomGraphMaker(options).make();
}

// How far a tensor computed in f32 may lie from the f64 interpreter's: the rounding of `depth` operations, absolute and
// at the tensor's scale, and a multiple of what rounding did to it in the f32 interpreter, which measures how well
// conditioned the graph above it is.
inline double agreement_bound(const Array& in_f64, const Array& in_f32, double depth) {
  double scale = 0, moved = 0;
  for (size_t i = 0; i < static_cast<size_t>(in_f64.elements()); ++i) {
    const double truth = in_f64.values<double>()[i];
    scale = std::max(scale, std::abs(truth));
    moved = std::max(moved, std::abs(truth - in_f32.values<double>()[i]));
  }
  return 0x1p-23 * depth * (0.1 + scale) + 32 * moved;
}

}  // namespace elbo
