// The tensors that a random graph grows from, and what is known of their values.
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
  bool draws = true;    // random_normal, random_uniform, the step
  bool narrow = false;  // rows of a few columns alone, and what flows do to them; `cols` counts for nothing
};

inline std::string to_string(const RandomGraphOptions& o) {
  const auto flag = [](bool value) { return value ? "true" : "false"; };
  return "{.seed = " + std::to_string(o.seed) + ", .operations = " + std::to_string(o.operations) +
         ", .rows = " + std::to_string(o.rows) + ", .cols = " + std::to_string(o.cols) +
         ", .gradients = " + flag(o.gradients) + ", .updates = " + flag(o.updates) + ", .draws = " + flag(o.draws) +
         ", .narrow = " + flag(o.narrow) + "}";
}

struct RandomGraph {
  Graph graph;
  std::map<std::string, Array> inputs;  // f32, u8 and i32, as a compiled graph takes them
  std::vector<VariablePtr> variables;
};

class RandomPool {
 protected:
  explicit RandomPool(const RandomGraphOptions& options)
      : options_(options), random_(options.seed), result_(std::make_unique<RandomGraph>()) {}

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

  RandomGraphOptions options_;
  std::mt19937_64 random_;
  std::unique_ptr<RandomGraph> result_;
  std::vector<Value> pool_;
};

}  // namespace elbo
