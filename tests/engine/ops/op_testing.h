// What the tests of operations share: bounds, draws, and small graphs run in the reference interpreter.
//
//   EXPECT_THAT(evaluate({reals({3}, {1, 2, 3})}, [](const Tensors& x) { return cumsum(x[0], {}); }), ...);
//   check_derivatives({.shapes = {{3, 4}, {4}}, .function = [](const Tensors& x) { return x[0] / x[1]; }}, 1);
#pragma once

#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <random>
#include <string>
#include <vector>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/support/message.h"

namespace elbo::testing_ops {

using Function = std::function<Tensor(const Tensors&)>;

// How far a value may lie from its reference: absolute + relative * |reference|.  `depth` counts the roundings that
// follow one another on the way to the value (operations, or terms of a sum).
inline double tolerance(Precision precision, int depth, double reference) {
  const double unit = precision == Precision::kF64 ? 0x1p-52 : 0x1p-23;
  return 4 * unit * depth * (1 + std::abs(reference));
}

// `actual` agrees with `expected` to rounding; NaN agrees with NaN, an infinity with itself.
inline void expect_values(const std::vector<double>& actual, const std::vector<double>& expected,
                          Precision precision = Precision::kF64, int depth = 8) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < actual.size(); ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(actual[i])) << "element " << i << " is " << actual[i] << ", not NaN";
    } else if (std::isinf(expected[i])) {
      EXPECT_EQ(actual[i], expected[i]) << "element " << i;
    } else {
      EXPECT_NEAR(actual[i], expected[i], tolerance(precision, depth, expected[i])) << "element " << i;
    }
  }
}

inline Array reals(const Shape& shape, const std::vector<double>& values) {
  return Array::of<double>(shape, values);
}
inline std::vector<double> to_vector(const Array& array) {
  const auto values = array.values<double>();
  return {values.begin(), values.end()};
}

// Values in [-2, 2), the same for the same seed.
inline Array drawn(const Shape& shape, unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  Array array(DType::kF64, shape);
  for (double& value : array.values<double>()) value = uniform(random);
  return array;
}

// The value of f(inputs) in f64.
inline Array evaluate(const std::vector<Array>& inputs, const Function& function) {
  Graph graph;
  Tensors x;
  std::map<std::string, Array> given;
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::string name = "x" + std::to_string(i);
    const bool real = inputs[i].dtype() == DType::kF64;
    x.push_back(graph.input(name, inputs[i].shape(), real ? DType::kF32 : inputs[i].dtype()));
    given.emplace(name, inputs[i]);
  }
  graph.output("y", x.empty() ? function({graph.constant(0.0)}) : function(x));
  return Interpreter(graph).run(given).at("y");
}

// The gradient of sum(f(x)) at x.
inline std::vector<double> slope(const std::vector<double>& at, const Function& function) {
  const Shape shape{static_cast<int64_t>(at.size())};
  return to_vector(evaluate({reals(shape, at)}, [&](const Tensors& x) { return gradients(sum(function(x)), x)[0]; }));
}

// Values of a domain in random order, all well apart from one another and from the kinks, so that a small difference
// quotient meets neither a kink nor a tie.
inline std::vector<double> distinct_draws(const TestDomain& domain, size_t count, std::mt19937_64& random) {
  const size_t cells = 4 * count + 16;
  const double width = (domain.high - domain.low) / static_cast<double>(cells);
  std::uniform_real_distribution<double> jitter(-0.2 * width, 0.2 * width);
  std::vector<double> draws;
  for (size_t cell = 0; cell < cells; ++cell) {
    const double center = domain.low + (static_cast<double>(cell) + 0.5) * width;
    bool smooth = true;
    for (const double kink : domain.kinks) smooth = smooth && std::abs(center - kink) > std::max(width, 0.02);
    if (smooth) draws.push_back(center + jitter(random));
  }
  EXPECT_GE(draws.size(), count) << "the kinks leave too little of the domain";
  std::shuffle(draws.begin(), draws.end(), random);
  draws.resize(count);
  return draws;
}

struct DerivativeCase {
  std::string what;
  std::vector<Shape> shapes;  // of the inputs
  Function function;
  TestDomain domain{};
  // What the steps within one operation may lose in f32, as an error of its inputs; the interpreter, which rounds what
  // an operation gives, does not see them.
  double input_error = 0;
};

// First and second derivatives of f against differences along random directions.  With w and u random, L = sum(w f(x))
// and S = sum(u . grad L): gradients of L and of S, by x and by w, are held against quotients of L and S of fourth
// order.
inline void check_derivatives(const DerivativeCase& test, unsigned seed) {
  SCOPED_TRACE(test.what + ", seed " + std::to_string(seed));
  constexpr double kStep = 2e-4;
  constexpr double kRelative = 1e-6;
  constexpr double kAbsolute = 1e-10;  // of the terms' size: rounding of the quotient, about 1e-16 / kStep
  std::mt19937_64 random(seed);

  Graph graph;
  Tensors x;
  for (size_t i = 0; i < test.shapes.size(); ++i) x.push_back(graph.input("x" + std::to_string(i), test.shapes[i]));
  const Tensor y = test.function(x);
  x.push_back(graph.input("x" + std::to_string(x.size()), y.shape()));  // w
  const Tensor terms = y * x.back();
  const Tensor loss = sum(terms);
  const Tensors first = gradients(loss, x);
  Tensor dot_loss = graph.constant(0.0), dot_scale = dot_loss;
  for (size_t i = 0; i < x.size(); ++i) {
    ASSERT_EQ(first[i].shape(), x[i].shape());
    const Tensor along = first[i] * graph.input("u" + std::to_string(i), x[i].shape());
    dot_loss = dot_loss + sum(along);
    dot_scale = dot_scale + sum(abs(along));
  }
  const Tensors second = gradients(dot_loss, x);
  graph.output("loss", loss);
  graph.output("loss scale", sum(abs(terms)));
  graph.output("dot", dot_loss);
  graph.output("dot scale", dot_scale);
  for (size_t i = 0; i < x.size(); ++i) {
    graph.output("first " + std::to_string(i), first[i]);
    graph.output("second " + std::to_string(i), second[i]);
  }

  size_t total = 0;
  for (const Shape& shape : test.shapes) total += static_cast<size_t>(shape.elements());
  const std::vector<double> draws = distinct_draws(test.domain, total, random);
  std::uniform_real_distribution<double> uniform(-1, 1);
  std::map<std::string, Array> at;
  size_t next = 0;
  for (size_t i = 0; i < x.size(); ++i) {
    Array point(DType::kF64, x[i].shape()), weights(DType::kF64, x[i].shape());
    for (double& value : point.values<double>()) value = i + 1 < x.size() ? draws[next++] : uniform(random);
    for (double& value : weights.values<double>()) value = uniform(random);
    at.emplace("x" + std::to_string(i), std::move(point));
    at.emplace("u" + std::to_string(i), std::move(weights));
  }

  Interpreter interpreter(graph);
  auto center = interpreter.run(at);
  const auto number = [](const std::map<std::string, Array>& run, const std::string& name) {
    return run.at(name).values<double>()[0];
  };
  for (int direction = 0; direction < 3; ++direction) {
    std::map<std::string, Array> along;
    double by_gradient = 0, by_second = 0;
    for (size_t i = 0; i < x.size(); ++i) {
      Array v(DType::kF64, x[i].shape());
      const auto g = center.at("first " + std::to_string(i)).values<double>();
      const auto h = center.at("second " + std::to_string(i)).values<double>();
      for (size_t j = 0; j < g.size(); ++j) {
        const double value = uniform(random);
        v.values<double>()[j] = value;
        by_gradient += g[j] * value;
        by_second += h[j] * value;
      }
      along.emplace("x" + std::to_string(i), std::move(v));
    }
    const auto moved = [&](double distance) {
      auto inputs = at;
      for (const auto& [name, v] : along) {
        const auto values = inputs.at(name).values<double>();
        for (size_t j = 0; j < values.size(); ++j) values[j] += distance * v.values<double>()[j];
      }
      return interpreter.run(inputs);
    };
    const auto plus = moved(kStep), minus = moved(-kStep), plus2 = moved(2 * kStep), minus2 = moved(-2 * kStep);
    const auto expect_quotient = [&](const std::string& name, double derivative) {
      const double quotient =
          (8 * (number(plus, name) - number(minus, name)) - (number(plus2, name) - number(minus2, name))) /
          (12 * kStep);
      const double bound = kRelative * std::abs(quotient) + kAbsolute * number(center, name + " scale");
      EXPECT_NEAR(derivative, quotient, bound) << "derivative of " << name << ", direction " << direction;
    };
    expect_quotient("loss", by_gradient);
    expect_quotient("dot", by_second);
  }
}

// The message that building or running `call` is refused with.
template <typename E = ShapeError, typename Call>
std::string message_of(const Call& call) {
  return testing_support::message_of<E>(call);
}

}  // namespace elbo::testing_ops
