// Every operation and its derivative, compiled, against the reference interpreter: the shapes of the table's cases
// (odd, of size one, empty), large ones, and special values.
#include <limits>

#include "elbo/engine/compile.h"
#include "tests/engine/ops/op_cases.h"
#include "tests/engine/random_graph.h"

namespace elbo {
namespace {

using testing_ops::cases_of;
using testing_ops::DerivativeCase;

constexpr float kFloatInf = std::numeric_limits<float>::infinity();
constexpr float kFloatNan = std::numeric_limits<float>::quiet_NaN();

// Shapes at which kernels have several tiles, blocks, or odd ends.
std::vector<DerivativeCase> large_cases(const OpDef& op) {
  std::vector<DerivativeCase> cases;
  const auto add = [&](const std::vector<Shape>& shapes, const Attributes& attributes) {
    cases.push_back({.what = std::string(op.name) + " of " + testing_ops::text_of(shapes),
                     .shapes = shapes,
                     .function = [&op, attributes](const Tensors& x) { return x[0].graph().add(op, x, attributes); },
                     .domain = op.test,
                     .input_error = op.kind == OpKind::kRows ? 0x1p-22 : 0});
  };
  const std::vector<Shape> whole = {{65, 33}, {1030, 3}, {5003}, {3, 2005}, {5, 7, 1, 131}, {9001, 1}};
  if (op.kind == OpKind::kElementwise) {
    for (const Shape& shape : whole) {
      const Shape column = Shape{shape.rank() > 1 ? shape[0] : 1, shape.rank() > 1 ? 1 : shape[0]};
      for (const Shape& other : {shape, Shape{}, Shape{shape.last(0)}, column}) {
        if (!broadcast(shape, other)) continue;
        std::vector<Shape> shapes(op.inputs.size(), shape);
        shapes.back() = other;
        add(shapes, {.numbers = {0.3}});
        if (op.inputs.size() == 1) break;
        std::swap(shapes.front(), shapes.back());
        add(shapes, {.numbers = {0.3}});
      }
    }
  } else if (op.kind == OpKind::kReduce) {
    for (const Shape& shape : whole) {
      for (int64_t set = 1; set < int64_t{1} << shape.rank(); ++set) {
        std::vector<int64_t> axes;
        for (int axis = 0; axis < shape.rank(); ++axis) {
          if ((set >> axis & 1) != 0 && shape[axis] != 1) axes.push_back(axis);
        }
        if (!axes.empty()) add({shape}, {.integers = axes});
      }
    }
  } else if (op.kind == OpKind::kMatmul) {
    for (const auto& [m, k, n] :
         std::vector<std::array<int64_t, 3>>{{130, 65, 70}, {1, 300, 1}, {700, 3, 5}, {3, 5, 700}}) {
      for (const int64_t flags : {0, 1, 2, 3}) {
        const bool ta = (flags & 1) != 0, tb = (flags & 2) != 0;
        add({ta ? Shape{k, m} : Shape{m, k}, tb ? Shape{n, k} : Shape{k, n}}, {.integers = {ta, tb}});
      }
    }
    add({{33, 20, 7}, {33, 7, 9}}, {.integers = {0, 0}});
  } else if (op.name.starts_with("rational_quadratic_spline")) {
    for (const auto& [rows, bins] : std::vector<std::pair<int64_t, int64_t>>{{1001, 8}, {150, 40}}) {
      for (const int64_t inverse : {0, 1}) {
        std::vector<Shape> shapes = {{rows, 1}, {rows, 3 * bins - 1}};
        if (op.inputs.size() == 3) shapes.push_back({rows, 2});
        add(shapes, {.integers = {bins, inverse}, .numbers = {1.4, 0.5 / static_cast<double>(bins), 1e-3}});
      }
    }
  }
  return cases;
}

// f32 inputs drawn from the operation's domain, away from its kinks.
std::map<std::string, Array> inputs_of(const DerivativeCase& test, const Shape& result, unsigned seed) {
  std::mt19937_64 random(seed);
  size_t total = 0;
  for (const Shape& shape : test.shapes) total += static_cast<size_t>(shape.elements());
  const std::vector<double> draws = testing_ops::distinct_draws(test.domain, total, random);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::map<std::string, Array> inputs;
  size_t next = 0;
  for (size_t i = 0; i <= test.shapes.size(); ++i) {
    const bool weights = i == test.shapes.size();
    Array array(DType::kF32, weights ? result : test.shapes[i]);
    for (float& value : array.values<float>()) value = weights ? uniform(random) : static_cast<float>(draws[next++]);
    inputs.emplace("x" + std::to_string(i), std::move(array));
  }
  return inputs;
}

// The same inputs, each with_inputs_moved by at most `error`.
std::map<std::string, Array> with_inputs_moved(const std::map<std::string, Array>& inputs, double error,
                                               unsigned seed) {
  std::mt19937_64 random(seed);
  std::uniform_real_distribution<double> uniform(-error, error);
  std::map<std::string, Array> result;
  for (const auto& [name, array] : inputs) {
    Array copy = array.cast(DType::kF64);
    for (double& value : copy.values<double>()) value += uniform(random);
    result.emplace(name, std::move(copy));
  }
  return result;
}

void expect_compiled_agrees(const DerivativeCase& test, unsigned seed) {
  SCOPED_TRACE(test.what);
  Graph graph;
  Tensors x;
  for (const Shape& shape : test.shapes) x.push_back(graph.input("x" + std::to_string(x.size()), shape));
  const Tensor y = test.function(x);
  const Tensor weights = graph.input("x" + std::to_string(x.size()), y.shape());
  graph.output("y", y);
  const Tensors grads = gradients(sum(y * weights), x);
  for (size_t i = 0; i < x.size(); ++i) graph.output("gradient " + std::to_string(i), grads[i]);
  const auto inputs = inputs_of(test, y.shape(), seed);
  const auto truth = Interpreter(graph).run(inputs);
  const auto rounded = test.input_error > 0 ? Interpreter(graph).run(with_inputs_moved(inputs, test.input_error, seed))
                                            : Interpreter(graph, {.precision = Precision::kF32}).run(inputs);
  const auto outputs = compile(graph, {.threads = 2, .verify = true}).run(inputs, {});
  size_t terms = 1;
  for (const auto& [name, array] : inputs) terms = std::max(terms, static_cast<size_t>(array.elements()));
  for (const auto& [name, array] : outputs) {
    const double bound = agreement_bound(truth.at(name), rounded.at(name), 16 + std::sqrt(static_cast<double>(terms)));
    const auto actual = array.values<float>();
    const auto expected = truth.at(name).values<double>();
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t i = 0; i < actual.size(); ++i) {
      if (std::isinf(expected[i]) && static_cast<double>(actual[i]) == expected[i]) continue;
      ASSERT_NEAR(static_cast<double>(actual[i]), expected[i], bound) << name << ", element " << i;
    }
  }
}

class EveryCompiledOp : public ::testing::TestWithParam<const OpDef*> {};

TEST_P(EveryCompiledOp, AgreesWithItsReference) {
  unsigned seed = 1;
  for (const auto& cases : {cases_of(*GetParam()), large_cases(*GetParam())}) {
    for (const DerivativeCase& test : cases) expect_compiled_agrees(test, seed++);
  }
}

// Infinities, NaN, signed zeros and numbers at the ends of f32: the same kind of result, and the same value.
TEST_P(EveryCompiledOp, TreatsSpecialValuesAsItsReference) {
  const OpDef& op = *GetParam();
  if (op.kind != OpKind::kElementwise) GTEST_SKIP() << "no element-wise operation";
  std::vector<float> special = {0.0f,  -0.0f, kFloatInf, -kFloatInf, kFloatNan, 1.0f,
                                -1.0f, 0.5f,  -2.5f,     1e-30f,     -1e-30f};
  // No vector kernel reduces arguments of this size by multiples of pi.
  if (op.name != "sin" && op.name != "cos") special.insert(special.end(), {1e30f, -1e30f, 3e38f, 100.0f, -100.0f});
  const size_t arity = op.inputs.size(), base = special.size();
  size_t count = 1;
  for (size_t i = 0; i < arity; ++i) count *= base;
  Graph graph;
  Tensors x;
  std::map<std::string, Array> inputs;
  size_t period = 1;
  for (size_t i = 0; i < arity; ++i, period *= base) {
    const std::string name = "x" + std::to_string(i);
    x.push_back(graph.input(name, {static_cast<int64_t>(count)}));
    Array array(DType::kF32, {static_cast<int64_t>(count)});
    for (size_t j = 0; j < count; ++j) array.values<float>()[j] = special[j / period % base];
    inputs.emplace(name, std::move(array));
  }
  graph.output("y", graph.add(op, x, {.numbers = {0.3}}));
  const auto expected = Interpreter(graph, {.precision = Precision::kF32}).run(inputs).at("y");
  const auto actual = compile(graph).run(inputs, {}).at("y");
  for (size_t j = 0; j < count; ++j) {
    const double truth = expected.values<double>()[j];
    const auto value = static_cast<double>(actual.values<float>()[j]);
    std::string arguments;
    for (const auto& [name, array] : inputs) arguments += " " + std::to_string(array.values<float>()[j]);
    if (std::isnan(truth)) {
      EXPECT_TRUE(std::isnan(value)) << op.name << " of" << arguments << " is " << value << ", not NaN";
    } else if (std::isinf(truth)) {
      EXPECT_EQ(value, truth) << op.name << " of" << arguments;
    } else {
      EXPECT_NEAR(value, truth, 4e-6 * std::abs(truth) + 1e-37) << op.name << " of" << arguments;
    }
  }
}

std::vector<const OpDef*> ops_with_inputs() {
  std::vector<const OpDef*> ops;
  for (const OpDef* op : all_ops()) {
    if (!op->inputs.empty()) ops.push_back(op);
  }
  return ops;
}

INSTANTIATE_TEST_SUITE_P(AllOps, EveryCompiledOp, ::testing::ValuesIn(ops_with_inputs()),
                         [](const auto& test) { return std::string(test.param->name); });

}  // namespace
}  // namespace elbo
