// Reductions against loops written out, at empty and size-one axes, infinities, NaN and extreme values.
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

using ReduceFunction = Tensor (*)(Tensor, const Reduce&);

Values reduced(ReduceFunction function, const Array& x, const Reduce& options = {}) {
  return to_vector(evaluate({x}, [&](const Tensors& in) { return function(in[0], options); }));
}

struct Reduction {
  std::string name;
  ReduceFunction function;
  double (*truth)(const Values&);  // of the values along the axes
};

double maximum_of(const Values& x) {
  double top = -kInf;
  for (const double value : x) top = std::fmax(top, value);
  return top;
}
double sum_of_exp(const Values& x) {
  double total = 0;
  for (const double value : x) total += std::exp(value);
  return total;
}

const std::vector<Reduction> kReductions = {
    {"sum", sum,
     [](const Values& x) {
       double total = 0;
       for (const double value : x) total += value;
       return total;
     }},
    {"mean", mean,
     [](const Values& x) {
       double total = 0;
       for (const double value : x) total += value;
       return total / static_cast<double>(x.size());
     }},
    {"reduce_max", reduce_max, maximum_of},
    {"reduce_min", reduce_min,
     [](const Values& x) {
       double low = kInf;
       for (const double value : x) low = std::fmin(low, value);
       return low;
     }},
    {"log_sum_exp", log_sum_exp, [](const Values& x) { return std::log(sum_of_exp(x)); }},
    {"log_mean_exp", log_mean_exp,
     [](const Values& x) { return std::log(sum_of_exp(x) / static_cast<double>(x.size())); }},
};

class ReduceValues : public ::testing::TestWithParam<Reduction> {};

// Every set of axes of shapes of three axes.
TEST_P(ReduceValues, AgreeWithLoops) {
  for (const Shape& shape : {Shape{2, 3, 4}, Shape{1, 5, 1}, Shape{7, 1, 3}, Shape{1, 1, 1}, Shape{3, 0, 2}}) {
    const Array x = drawn(shape, 5);
    for (int set = 1; set < 8; ++set) {
      Reduce options;
      Shape kept = shape;
      std::vector<int64_t> left;
      for (int axis = 0; axis < 3; ++axis) {
        if ((set >> axis & 1) != 0) {
          options.axes.push_back(axis % 2 == 0 ? axis - 3 : axis);  // counted from either end
          kept.set(axis, 1);
        } else {
          left.push_back(shape[axis]);
        }
      }
      std::vector<Values> groups(static_cast<size_t>(kept.elements()));
      size_t flat = 0;
      for (int64_t i = 0; i < shape[0]; ++i) {
        for (int64_t j = 0; j < shape[1]; ++j) {
          for (int64_t k = 0; k < shape[2]; ++k) {
            const int64_t group =
                ((kept[0] == 1 ? 0 : i) * kept[1] + (kept[1] == 1 ? 0 : j)) * kept[2] + (kept[2] == 1 ? 0 : k);
            groups[static_cast<size_t>(group)].push_back(x.values<double>()[flat++]);
          }
        }
      }
      Values truth;
      for (const Values& group : groups) truth.push_back(GetParam().truth(group));
      SCOPED_TRACE(to_string(shape) + " axes " + std::to_string(set));
      for (const bool keep : {false, true}) {
        options.keep = keep;
        const Array y = evaluate({x}, [&](const Tensors& in) { return GetParam().function(in[0], options); });
        EXPECT_EQ(y.shape(), keep ? kept : Shape(left));
        expect_values(to_vector(y), truth, Precision::kF64, 32);
      }
    }
  }
}

TEST_P(ReduceValues, OfAllAxesIsAScalar) {
  const Array x = drawn({3, 5}, 6);
  const Array y = evaluate({x}, [&](const Tensors& in) { return GetParam().function(in[0], {}); });
  EXPECT_EQ(y.shape(), Shape{});
  expect_values(to_vector(y), {GetParam().truth(to_vector(x))}, Precision::kF64, 32);
  const Array scalar = evaluate({reals({}, {0.75})}, [&](const Tensors& in) { return GetParam().function(in[0], {}); });
  expect_values(to_vector(scalar), {GetParam().truth({0.75})});
}

TEST_P(ReduceValues, RefuseAnAxisThatIsNotThere) {
  Graph graph;
  const auto scope = graph.scope("encoder");
  const Tensor x = graph.input("x", {2, 3});
  EXPECT_THROW(GetParam().function(x, {.axes = {2}}), ShapeError);
  EXPECT_THROW(GetParam().function(x, {.axes = {-3}}), ShapeError);
}

INSTANTIATE_TEST_SUITE_P(Functions, ReduceValues, ::testing::ValuesIn(kReductions),
                         [](const auto& test) { return test.param.name; });

TEST(ReduceValuesOfNothing, AreTheNeutralElements) {
  const Array empty = reals({0, 2}, {});
  EXPECT_EQ(reduced(sum, empty, {.axes = {0}}), (Values{0, 0}));
  EXPECT_EQ(reduced(reduce_max, empty, {.axes = {0}}), (Values{-kInf, -kInf}));
  EXPECT_EQ(reduced(reduce_min, empty, {.axes = {0}}), (Values{kInf, kInf}));
  EXPECT_EQ(reduced(log_sum_exp, empty, {.axes = {0}}), (Values{-kInf, -kInf}));
  expect_values(reduced(mean, empty, {.axes = {0}}), {kNan, kNan});
  EXPECT_EQ(reduced(sum, empty, {.axes = {1}}), Values{});
}

TEST(ReduceMax, KeepsNanWhereverItStands) {
  expect_values(reduced(reduce_max, reals({3, 3}, {kNan, 1, 2, 1, kNan, kInf, 1, 2, kNan}), {.axes = {1}}),
                {kNan, kNan, kNan});
  expect_values(reduced(reduce_min, reals({3}, {kNan, 1, -kInf})), {kNan});
  expect_values(reduced(reduce_max, reals({2, 2}, {-kInf, -kInf, -kInf, kInf}), {.axes = {1}}), {-kInf, kInf});
}

TEST(LogSumExp, AtExtremeValues) {
  const double two = std::log(2.0);
  expect_values(reduced(log_sum_exp,
                        reals({8, 2}, {1e4, 1e4, -1e4, -1e4, 1e300, -1e300, -kInf, 3, -kInf, -kInf, kInf, 1, kInf,
                                       -kInf, kNan, 1}),
                        {.axes = {1}}),
                {1e4 + two, -1e4 + two, 1e300, 3, -kInf, kInf, kInf, kNan});
  expect_values(reduced(log_mean_exp, reals({4}, {-2000, -2000, -2000, -2000})), {-2000});
}

// The gradient is softmax, at values whose exponentials overflow or vanish too.
TEST(LogSumExp, HasTheGradientOfSoftmax) {
  const auto function = [](const Tensors& x) { return log_sum_exp(x[0]); };
  const double e = std::exp(1.0);
  expect_values(testing_ops::slope({1e4, 1e4 + 1}, function), {1 / (1 + e), e / (1 + e)});
  expect_values(testing_ops::slope({-1e4, -1e4 + 1}, function), {1 / (1 + e), e / (1 + e)});
  expect_values(testing_ops::slope({-kInf, 0, 0}, function), {0, 0.5, 0.5});
}

TEST(Dot, SumsProductsOverTheLastAxis) {
  const Array y = evaluate({reals({2, 3}, {1, 2, 3, 4, 5, 6}), reals({3}, {1, 10, 100})},
                           [](const Tensors& x) { return dot(x[0], x[1]); });
  EXPECT_EQ(y.shape(), (Shape{2, 1}));
  EXPECT_EQ(to_vector(y), (Values{321, 654}));
}

TEST(SumTo, UndoesBroadcasting) {
  const Array x = reals({2, 2, 3}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12});
  const auto to = [&](const Shape& shape) {
    const Array y = evaluate({x}, [&](const Tensors& in) { return sum_to(in[0], shape); });
    EXPECT_EQ(y.shape(), shape);
    return to_vector(y);
  };
  EXPECT_EQ(to({}), (Values{78}));
  EXPECT_EQ(to({3}), (Values{22, 26, 30}));
  EXPECT_EQ(to({2, 1}), (Values{1 + 2 + 3 + 7 + 8 + 9, 4 + 5 + 6 + 10 + 11 + 12}));
  EXPECT_EQ(to({2, 1, 3}), (Values{5, 7, 9, 17, 19, 21}));
  EXPECT_EQ(to({1, 1, 1}), (Values{78}));
}

}  // namespace
}  // namespace elbo
