// Reference kernels of element-wise operations against <cmath> and hand-made loops: ordinary values, infinities, NaN,
// extremes where the plain formula fails, and broadcasting.
#include <numbers>

#include "tests/engine/ops/op_testing.h"
#include "tests/support/not_finite.h"

namespace elbo {
namespace {

using testing_ops::drawn;
using testing_ops::evaluate;
using testing_ops::expect_values;
using testing_ops::reals;
using testing_ops::to_vector;
using Values = std::vector<double>;

using testing_support::kInf;
using testing_support::kNan;

Values apply(Tensor (*function)(Tensor), const Values& x) {
  return to_vector(
      evaluate({reals({static_cast<int64_t>(x.size())}, x)}, [&](const Tensors& in) { return function(in[0]); }));
}
Values apply(Tensor (*function)(Tensor, Tensor), const Values& a, const Values& b) {
  const Shape shape{static_cast<int64_t>(a.size())};
  return to_vector(
      evaluate({reals(shape, a), reals(shape, b)}, [&](const Tensors& in) { return function(in[0], in[1]); }));
}

struct Unary {
  std::string name;
  Tensor (*function)(Tensor);
  double (*truth)(double);
  Values at_inf_minus_inf_nan;
};

class UnaryValues : public ::testing::TestWithParam<Unary> {};

TEST_P(UnaryValues, AgreeWithCmath) {
  const Unary& test = GetParam();
  const Values x = {-30, -3.7, -2, -1, -0.5, -1e-3, -1e-9, 0, 1e-9, 1e-3, 0.25, 0.5, 1, 1.5, 2, 3.7, 30};
  Values truth;
  for (const double value : x) truth.push_back(test.truth(value));
  expect_values(apply(test.function, x), truth);
  expect_values(apply(test.function, {kInf, -kInf, kNan}), test.at_inf_minus_inf_nan);
}

TEST_P(UnaryValues, TakeAnyShape) {
  const Unary& test = GetParam();
  for (const Shape& shape : {Shape{}, Shape{0}, Shape{3, 0, 2}, Shape{1, 1}, Shape{7, 3}, Shape{2, 3, 1, 5}}) {
    const Array x = drawn(shape, 3);
    const Array y = evaluate({x}, [&](const Tensors& in) { return test.function(in[0]); });
    EXPECT_EQ(y.shape(), shape);
    Values truth = to_vector(x);
    for (double& value : truth) value = test.truth(value);
    expect_values(to_vector(y), truth);
  }
}

const std::vector<Unary> kUnary = {
    {"neg", [](Tensor x) { return -x; }, [](double x) { return 0 - x; }, {-kInf, kInf, kNan}},
    {"abs", abs, [](double x) { return std::fabs(x); }, {kInf, kInf, kNan}},
    {"sign", sign, [](double x) { return double((x > 0) - (x < 0)); }, {1, -1, kNan}},
    {"exp", exp, [](double x) { return std::exp(x); }, {kInf, 0, kNan}},
    {"log", log, [](double x) { return x < 0 ? kNan : std::log(x); }, {kInf, kNan, kNan}},
    {"log1p", log1p, [](double x) { return x < -1 ? kNan : std::log1p(x); }, {kInf, kNan, kNan}},
    {"expm1", expm1, [](double x) { return std::expm1(x); }, {kInf, -1, kNan}},
    {"tanh", tanh, [](double x) { return 1 - 2 / (std::exp(2 * x) + 1); }, {1, -1, kNan}},
    {"sigmoid", sigmoid, [](double x) { return 0.5 + 0.5 * std::tanh(x / 2); }, {1, 0, kNan}},
    {"softplus", softplus, [](double x) { return std::log(1 + std::exp(x)); }, {kInf, 0, kNan}},
    {"log_sigmoid", log_sigmoid, [](double x) { return -std::log(1 + std::exp(-x)); }, {0, -kInf, kNan}},
    {"relu", relu, [](double x) { return (x + std::fabs(x)) / 2; }, {kInf, 0, kNan}},
    {"leaky_relu",
     [](Tensor x) { return leaky_relu(x, 0.2); },
     [](double x) { return x > 0 ? x : x / 5; },
     {kInf, -kInf, kNan}},
    {"elu",
     [](Tensor x) { return elu(x, 0.5); },
     [](double x) { return x > 0 ? x : (std::exp(x) - 1) / 2; },
     {kInf, -0.5, kNan}},
    {"gelu", gelu, [](double x) { return x / 2 * (1 + std::erf(x / std::numbers::sqrt2)); }, {kInf, 0, kNan}},
    {"sqrt", sqrt, [](double x) { return x < 0 ? kNan : std::sqrt(x); }, {kInf, kNan, kNan}},
    {"rsqrt", rsqrt, [](double x) { return x < 0 ? kNan : std::pow(x, -0.5); }, {0, kNan, kNan}},
    {"square", square, [](double x) { return std::pow(x, 2); }, {kInf, kInf, kNan}},
    {"reciprocal", reciprocal, [](double x) { return 1.0 / x; }, {0, 0, kNan}},
    {"sin", sin, [](double x) { return std::sin(x); }, {kNan, kNan, kNan}},
    {"cos", cos, [](double x) { return std::cos(x); }, {kNan, kNan, kNan}},
    {"erf", erf, [](double x) { return std::erf(x); }, {1, -1, kNan}},
    {"floor", floor, [](double x) { return std::floor(x); }, {kInf, -kInf, kNan}},
    {"is_finite", is_finite, [](double) { return 1.0; }, {0, 0, 0}},
};
INSTANTIATE_TEST_SUITE_P(Functions, UnaryValues, ::testing::ValuesIn(kUnary),
                         [](const auto& test) { return test.param.name; });

// Each unary element-wise row is in the list above.
TEST(UnaryValuesList, IsComplete) {
  for (const OpDef* op : all_ops()) {
    if (op->kind != OpKind::kElementwise || op->inputs.size() != 1) continue;
    EXPECT_TRUE(std::any_of(kUnary.begin(), kUnary.end(), [&](const Unary& u) { return u.name == op->name; }))
        << op->name << " has no independent values";
  }
}

TEST(ElementwiseExtremes, DoNotOverflowOrCancel) {
  expect_values(apply(softplus, {1e4, -1e4, 710, -40}), {1e4, 0, 710, std::exp(-40.0)});
  expect_values(apply(log_sigmoid, {1e4, -1e4, -710, 40}), {0, -1e4, -710, -std::exp(-40.0)});
  expect_values(apply(sigmoid, {1e4, -1e4, -710}), {1, 0, std::exp(-710.0)});
  // Relative accuracy where 1 + x rounds x away.
  EXPECT_DOUBLE_EQ(apply(softplus, {-40})[0], std::exp(-40.0));
  EXPECT_DOUBLE_EQ(apply(log_sigmoid, {40})[0], -std::exp(-40.0));
  EXPECT_DOUBLE_EQ(apply(log1p, {1e-20})[0], 1e-20);
  EXPECT_DOUBLE_EQ(apply(expm1, {1e-20})[0], 1e-20);
  EXPECT_NEAR(apply(gelu, {-10})[0] / (-10 * 0.5 * std::erfc(10 / std::numbers::sqrt2)), 1, 1e-12);
  EXPECT_EQ(apply(log, {0})[0], -kInf);
  EXPECT_EQ(apply(exp, {1000})[0], kInf);
}

struct Binary {
  std::string name;
  Tensor (*function)(Tensor, Tensor);
  double (*truth)(double, double);
};

const std::vector<Binary> kBinary = {
    {"add", [](Tensor a, Tensor b) { return a + b; }, [](double a, double b) { return a + b; }},
    {"sub", [](Tensor a, Tensor b) { return a - b; }, [](double a, double b) { return a - b; }},
    {"mul", [](Tensor a, Tensor b) { return a * b; }, [](double a, double b) { return a * b; }},
    {"div", [](Tensor a, Tensor b) { return a / b; }, [](double a, double b) { return a / b; }},
    {"pow", [](Tensor a, Tensor b) { return pow(a, b); }, [](double a, double b) { return std::pow(a, b); }},
    {"min", [](Tensor a, Tensor b) { return minimum(a, b); },
     [](double a, double b) {
       return std::isnan(a + b) && !(std::isinf(a) && std::isinf(b)) ? kNan : std::fmin(a, b);
     }},
    {"max", [](Tensor a, Tensor b) { return maximum(a, b); },
     [](double a, double b) {
       return std::isnan(a + b) && !(std::isinf(a) && std::isinf(b)) ? kNan : std::fmax(a, b);
     }},
    {"less", [](Tensor a, Tensor b) { return less(a, b); }, [](double a, double b) { return double(a < b); }},
    {"less_equal", [](Tensor a, Tensor b) { return less_equal(a, b); },
     [](double a, double b) { return double(a <= b); }},
    {"equal", equal, [](double a, double b) { return double(a == b); }},
};

class BinaryValues : public ::testing::TestWithParam<Binary> {};

TEST_P(BinaryValues, AgreeOnEveryPair) {
  const Binary& test = GetParam();
  const Values some = {-kInf, -2, -0.5, 0, 0.5, 1, 3, kInf, kNan};
  Values a, b, truth;
  for (const double left : some) {
    for (const double right : some) {
      a.push_back(left);
      b.push_back(right);
      truth.push_back(test.truth(left, right));
    }
  }
  expect_values(apply(test.function, a, b), truth);
}

// Broadcasting held against index arithmetic written out for four axes.
TEST_P(BinaryValues, Broadcast) {
  const Binary& test = GetParam();
  const std::vector<std::pair<Shape, Shape>> pairs = {{{}, {}},
                                                      {{}, {3}},
                                                      {{1}, {4, 1}},
                                                      {{5, 3}, {3}},
                                                      {{5, 1}, {1, 3}},
                                                      {{0, 3}, {1, 3}},
                                                      {{2, 3, 4}, {3, 1}},
                                                      {{4}, {2, 3, 4}},
                                                      {{2, 1, 3, 1}, {4, 1, 5}},
                                                      {{1, 1, 1, 1}, {}},
                                                      {{0}, {1}},
                                                      {{1, 0}, {4, 1}}};
  for (const auto& [shape_a, shape_b] : pairs) {
    const Array a = drawn(shape_a, 1), b = drawn(shape_b, 2);
    const Array y = evaluate({a, b}, [&](const Tensors& in) { return test.function(in[0], in[1]); });
    const auto extent = [](const Shape& s, int back) { return s.last(back); };
    Values truth;
    int64_t e[4];
    for (int back = 0; back < 4; ++back) {
      const int64_t left = extent(shape_a, back), right = extent(shape_b, back);
      e[back] = left == 1 ? right : left;
    }
    const auto at = [&](const Array& array, int64_t i3, int64_t i2, int64_t i1, int64_t i0) {
      const int64_t index[4] = {i0, i1, i2, i3};
      int64_t flat = 0;
      for (int back = 3; back >= 0; --back) {
        const int64_t size = extent(array.shape(), back);
        flat = flat * size + (size == 1 ? 0 : index[back]);
      }
      return array.values<double>()[static_cast<size_t>(flat)];
    };
    for (int64_t i3 = 0; i3 < e[3]; ++i3) {
      for (int64_t i2 = 0; i2 < e[2]; ++i2) {
        for (int64_t i1 = 0; i1 < e[1]; ++i1) {
          for (int64_t i0 = 0; i0 < e[0]; ++i0)
            truth.push_back(test.truth(at(a, i3, i2, i1, i0), at(b, i3, i2, i1, i0)));
        }
      }
    }
    EXPECT_EQ(y.shape(), *broadcast(shape_a, shape_b));
    expect_values(to_vector(y), truth);
  }
}

INSTANTIATE_TEST_SUITE_P(Functions, BinaryValues, ::testing::ValuesIn(kBinary),
                         [](const auto& test) { return test.param.name; });

TEST(BinaryValuesList, IsComplete) {
  for (const OpDef* op : all_ops()) {
    if (op->kind != OpKind::kElementwise || op->inputs.size() != 2) continue;
    EXPECT_TRUE(std::any_of(kBinary.begin(), kBinary.end(), [&](const Binary& b) { return b.name == op->name; }))
        << op->name << " has no independent values";
  }
}

TEST(Select, TakesTheBranchElementByElement) {
  const Array y = evaluate({reals({3, 1}, {1, 0, -2}), reals({2}, {10, 20}), reals({}, {7})},
                           [](const Tensors& x) { return select(x[0], x[1], x[2]); });
  EXPECT_EQ(y.shape(), (Shape{3, 2}));
  EXPECT_EQ(to_vector(y), (Values{10, 20, 7, 7, 10, 20}));
  // The branch not taken may be anything.
  expect_values(to_vector(evaluate({reals({2}, {0, 1}), reals({2}, {kNan, 1}), reals({2}, {2, kInf})},
                                   [](const Tensors& x) { return select(x[0], x[1], x[2]); })),
                {2, 1});
}

TEST(NumberForms, StandOnTheSideTheyAreWritten) {
  const auto of = [](const testing_ops::Function& function) {
    return to_vector(evaluate({reals({2}, {2, 5})}, function));
  };
  EXPECT_EQ(of([](const Tensors& x) { return x[0] + 1.0; }), (Values{3, 6}));
  EXPECT_EQ(of([](const Tensors& x) { return 1.0 + x[0]; }), (Values{3, 6}));
  EXPECT_EQ(of([](const Tensors& x) { return x[0] - 1.0; }), (Values{1, 4}));
  EXPECT_EQ(of([](const Tensors& x) { return 1.0 - x[0]; }), (Values{-1, -4}));
  EXPECT_EQ(of([](const Tensors& x) { return x[0] * 3.0; }), (Values{6, 15}));
  EXPECT_EQ(of([](const Tensors& x) { return 3.0 * x[0]; }), (Values{6, 15}));
  EXPECT_EQ(of([](const Tensors& x) { return x[0] / 2.0; }), (Values{1, 2.5}));
  EXPECT_EQ(of([](const Tensors& x) { return 10.0 / x[0]; }), (Values{5, 2}));
  EXPECT_EQ(of([](const Tensors& x) { return pow(x[0], 2.0); }), (Values{4, 25}));
  EXPECT_EQ(of([](const Tensors& x) { return minimum(x[0], 3.0); }), (Values{2, 3}));
  EXPECT_EQ(of([](const Tensors& x) { return maximum(x[0], 3.0); }), (Values{3, 5}));
  EXPECT_EQ(of([](const Tensors& x) { return less(x[0], 5.0); }), (Values{1, 0}));
  EXPECT_EQ(of([](const Tensors& x) { return less(2.0, x[0]); }), (Values{0, 1}));
  EXPECT_EQ(of([](const Tensors& x) { return less_equal(x[0], 2.0); }), (Values{1, 0}));
  EXPECT_EQ(of([](const Tensors& x) { return less_equal(5.0, x[0]); }), (Values{0, 1}));
  EXPECT_EQ(of([](const Tensors& x) { return select(less(x[0], 3), x[0], 9.0); }), (Values{2, 9}));
  EXPECT_EQ(of([](const Tensors& x) { return select(less(x[0], 3), 9.0, x[0]); }), (Values{9, 5}));
  EXPECT_EQ(of([](const Tensors& x) { return clamp(x[0], 3, 4); }), (Values{3, 4}));
}

TEST(Clamp, KeepsNanAndBoundsInfinities) {
  expect_values(apply([](Tensor x) { return clamp(x, -1, 2); }, {-kInf, kInf, kNan, 0}), {-1, 2, kNan, 0});
}

}  // namespace
}  // namespace elbo
