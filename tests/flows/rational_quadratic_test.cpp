#include "elbo/flows/rational_quadratic.h"

#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/initializer.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

constexpr auto kForward = SplineDirection::kForward, kInverse = SplineDirection::kInverse;

TEST(RationalQuadratic, ZerosAreTheIdentity) {
  Graph graph;
  const Tensor x = graph.constant(normal_array("x", {40, 2}, 2));
  const auto [y, log_slope] = rational_quadratic(x, zeros(graph, {1, 2, 14}), {.bins = 5, .bound = 3}, kForward);
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(values_of(check.value(y)), testing::Pointwise(testing::DoubleNear(1e-14), values_of(check.value(x))));
  EXPECT_THAT(values_of(check.value(log_slope)), testing::Each(testing::DoubleNear(0, 1e-14)));
}

// Equations 4 and 5 of the paper, written out bin by bin.
TEST(RationalQuadratic, IsThePapersMap) {
  constexpr int64_t kBins = 4, kRows = 60;
  constexpr double kBound = 2;
  Graph graph;
  const Tensor x = graph.constant(normal_array("x", {kRows, 1}, 1.2));
  const Tensor theta = graph.constant(normal_array("theta", {1, 1, 3 * kBins - 1}, 1));
  const auto [y, log_slope] = rational_quadratic(x, theta, {.bins = kBins, .bound = kBound}, kForward);
  Interpreter check(graph);
  check.run({});
  const std::vector<double> raw = values_of(check.value(theta)), at = values_of(check.value(x));
  std::vector<double> xs{-kBound}, ys{-kBound}, slopes{1};
  for (std::vector<double>* knots : {&xs, &ys}) {
    const size_t start = knots == &xs ? 0 : kBins;
    double total = 0;
    for (size_t k = 0; k < kBins; ++k) total += std::exp(raw[start + k]);
    for (size_t k = 0; k < kBins; ++k) {
      const double part = 1e-3 + (1 - 1e-3 * kBins) * std::exp(raw[start + k]) / total;
      knots->push_back(knots->back() + 2 * kBound * part);
    }
  }
  const double unit = std::log(std::exp(1 - 1e-3) - 1);
  for (size_t k = 0; k + 1 < kBins; ++k) slopes.push_back(1e-3 + std::log(1 + std::exp(raw[2 * kBins + k] + unit)));
  slopes.push_back(1);
  for (size_t n = 0; n < kRows; ++n) {
    double expected = at[n], derivative = 1;
    for (size_t k = 0; k < kBins; ++k) {
      if (!(xs[k] <= at[n] && at[n] < xs[k + 1])) continue;
      const double s = (ys[k + 1] - ys[k]) / (xs[k + 1] - xs[k]), xi = (at[n] - xs[k]) / (xs[k + 1] - xs[k]);
      const double below = s + (slopes[k + 1] + slopes[k] - 2 * s) * xi * (1 - xi);
      expected = ys[k] + (ys[k + 1] - ys[k]) * (s * xi * xi + slopes[k] * xi * (1 - xi)) / below;
      derivative =
          s * s * (slopes[k + 1] * xi * xi + 2 * s * xi * (1 - xi) + slopes[k] * (1 - xi) * (1 - xi)) / (below * below);
    }
    EXPECT_NEAR(values_of(check.value(y))[n], expected, 1e-12) << at[n];
    EXPECT_NEAR(values_of(check.value(log_slope))[n], std::log(derivative), 1e-12) << at[n];
  }
}

// At, beside and between the knots, outside, and with parameters that saturate.
class RationalQuadraticExtremes : public testing::TestWithParam<double> {};

TEST_P(RationalQuadraticExtremes, BothDirectionsAgreeAndStayFinite) {
  for (const int64_t bins : {1, 2, 8}) {
    constexpr double kBound = 3;
    const RationalQuadraticOptions options{.bins = bins, .bound = kBound};
    std::vector<double> rows{-1e4, -kBound - 1e-9, -kBound, -kBound + 1e-9, kBound - 1e-9, kBound, kBound + 1e-9, 1e4};
    for (int i = -60; i <= 60; ++i) rows.push_back(kBound * i / 60.0);
    const auto count = static_cast<int64_t>(rows.size());
    Graph graph;
    const Tensor x = graph.constant(Array::of<double>({count, 1}, rows));
    const Tensor theta =
        graph.constant(normal_array("theta", {count, 1, rational_quadratic_parameters(bins)}, GetParam()));
    const auto [y, slope] = rational_quadratic(x, theta, options, kForward);
    const auto [back, back_slope] = rational_quadratic(y, theta, options, kInverse);
    const auto [other, other_slope] = rational_quadratic(x, theta, options, kInverse);
    const Tensors by_forward = gradients(sum(y) + sum(slope), {x, theta});
    const Tensors by_inverse = gradients(sum(other) + sum(other_slope), {x, theta});
    const Tensor derivative = gradients(sum(y), {x})[0];
    for (const Precision precision : {Precision::kF32, Precision::kF64}) {
      const bool exact = precision == Precision::kF64;
      Interpreter check(graph, {.precision = precision});
      check.run({});
      for (const Tensor tensor :
           {y, slope, other, other_slope, by_forward[0], by_forward[1], by_inverse[0], by_inverse[1]}) {
        for (const double value : values_of(check.value(tensor))) EXPECT_TRUE(std::isfinite(value)) << bins;
      }
      if (!exact) continue;
      const std::vector<double> mapped = values_of(check.value(back)), slopes = values_of(check.value(slope));
      const std::vector<double> back_slopes = values_of(check.value(back_slope));
      const std::vector<double> derivatives = values_of(check.value(derivative));
      for (size_t n = 0; n < rows.size(); ++n) {
        // Where the map is flat, the last digit of y is many digits of x.
        EXPECT_NEAR(mapped[n], values_of(check.value(x))[n], 1e-9 + 1e-14 / derivatives[n]) << bins;
        EXPECT_NEAR(slopes[n] + back_slopes[n], 0, 1e-8) << rows[n];
        EXPECT_NEAR(slopes[n], std::log(derivatives[n]), 1e-8) << rows[n];
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Scales, RationalQuadraticExtremes, testing::Values(0.0, 0.5, 3.0, 30.0));

// Rows at and a few last digits beside the knots of steep bins that begin and end flat: rounded to f32 some lie in the
// bin next to their own, far outside it as ξ counts.
TEST(RationalQuadratic, RowsBesideKnotsStayFinite) {
  constexpr int64_t kBins = 8, kThetas = 200, kDigits = 9, kRows = kThetas * (kBins - 1) * kDigits;
  constexpr double kBound = 5;
  const Array sizes = normal_array("sizes", {kThetas, 2 * kBins}, 3);
  Array x(DType::kF32, {kRows, 1}), y(DType::kF32, {kRows, 1}), theta(DType::kF32, {kRows, 1, 3 * kBins - 1});
  for (int64_t t = 0, row = 0; t < kThetas; ++t) {
    const double* logits = sizes.values<double>().data() + t * 2 * kBins;
    const auto knot = [&](const double* of, int64_t k) {
      double total = 0, below = 0;
      for (int64_t j = 0; j < kBins; ++j) total += std::exp(of[j]);
      for (int64_t j = 0; j < k; ++j) below += 1e-3 + (1 - 1e-3 * kBins) * std::exp(of[j]) / total;
      return static_cast<float>(-kBound + 2 * kBound * below);
    };
    for (int64_t k = 1; k < kBins; ++k) {
      float at_x = knot(logits, k), at_y = knot(logits + kBins, k);
      for (int step = 0; step < 4; ++step) at_x = std::nextafter(at_x, -9.0f), at_y = std::nextafter(at_y, -9.0f);
      for (int64_t digit = 0; digit < kDigits; ++digit, ++row) {
        x.values<float>()[static_cast<size_t>(row)] = at_x;
        y.values<float>()[static_cast<size_t>(row)] = at_y;
        at_x = std::nextafter(at_x, 9.0f), at_y = std::nextafter(at_y, 9.0f);
        auto own = theta.values<float>().subspan(static_cast<size_t>(row * (3 * kBins - 1)), 3 * kBins - 1);
        std::fill(own.begin(), own.end(), -30.0f);  // the slopes: as small as they get
        for (size_t j = 0; j < 2 * kBins; ++j) own[j] = static_cast<float>(logits[j]);
      }
    }
  }
  Graph graph;
  const Tensor given = graph.input("theta", theta.shape());
  for (const SplineDirection direction : {kForward, kInverse}) {
    const std::string name = direction == kForward ? "x" : "y";
    const Tensor rows = graph.input(name, x.shape());
    const auto [mapped, slope] = rational_quadratic(rows, given, {.bins = kBins, .bound = kBound}, direction);
    const Tensors by = gradients(sum(mapped) + sum(slope), {rows, given});
    graph.output(name + " mapped", mapped);
    graph.output(name + " slope", slope);
    graph.output(name + " derivative", gradients(sum(mapped), {rows})[0]);
    graph.output(name + " by row", by[0]);
    graph.output(name + " by theta", by[1]);
  }
  const auto results = compile(graph).run({{"x", x}, {"y", y}, {"theta", theta}}, {});
  for (const auto& [name, values] : results) {
    const auto numbers = values.values<float>();
    EXPECT_EQ(std::count_if(numbers.begin(), numbers.end(), [](float v) { return !std::isfinite(v); }), 0) << name;
  }
  // The derivative is that of the point the row counts as.
  for (const std::string name : {"x", "y"}) {
    const auto slopes = results.at(name + " slope").values<float>();
    const auto derivatives = results.at(name + " derivative").values<float>();
    for (size_t row = 0; row < slopes.size(); ++row) {
      ASSERT_NEAR(std::log(derivatives[row]), slopes[row], 1e-4) << name << " " << row;
    }
  }
}

TEST(RationalQuadratic, CompiledAgreesWithTheInterpreter) {
  Graph graph;
  const Tensor x = graph.input("x", {33, 3});
  const Tensor theta = graph.input("theta", {33, 3, 23});
  for (const SplineDirection direction : {kForward, kInverse}) {
    const std::string name = direction == kForward ? "forward" : "inverse";
    const auto [y, slope] = rational_quadratic(x, theta, {.bins = 8, .bound = 2}, direction);
    graph.output(name, y);
    graph.output(name + " slope", slope);
    graph.output(name + " gradient", gradients(sum(square(y)) + sum(slope), {theta})[0]);
  }
  const std::map<std::string, Array> inputs{{"x", normal_array("x", {33, 3}, 1.5).cast(DType::kF32)},
                                            {"theta", normal_array("theta", {33, 3, 23}, 0.7).cast(DType::kF32)}};
  const auto expected = Interpreter(graph).run(inputs);
  const auto computed = compile(graph, {.verify = true}).run(inputs, {});
  for (const auto& [name, values] : expected) {
    const auto result = computed.at(name).values<float>();
    for (size_t i = 0; i < result.size(); ++i) EXPECT_NEAR(result[i], values.values<double>()[i], 2e-4) << name;
  }
}

// Parameters that a kernel makes as one column, and parameters that all rows share, in tiles turned and plain.
TEST(RationalQuadratic, TakesParametersFromAnywhere) {
  for (const int64_t bins : {3, 30}) {
    for (const int64_t rows : {1, 5, 200}) {
      const int64_t parameters = rational_quadratic_parameters(bins);
      Graph graph;
      const Tensor x = graph.input("x", {rows, 2}), many = graph.input("many", {rows, 2, parameters, 3});
      const Tensor shared = graph.input("shared", {1, 2, parameters});
      const RationalQuadraticOptions options{.bins = bins, .bound = 2, .smallest_bin = 0.5 / static_cast<double>(bins)};
      const auto [y, slope] = rational_quadratic(x, sum(many, {.axes = {-1}}), options, kForward);
      const auto [back, back_slope] = rational_quadratic(tanh(y) * 2, shared, options, kInverse);
      graph.output("y", y);
      graph.output("slope", slope);
      graph.output("back", back);
      const Tensors by = gradients(sum(square(back)) + sum(y), {x, many, shared});
      for (size_t i = 0; i < by.size(); ++i) graph.output("gradient " + std::to_string(i), by[i]);
      const std::map<std::string, Array> inputs{
          {"x", normal_array("x", x.shape(), 1).cast(DType::kF32)},
          {"many", normal_array("many", many.shape(), 0.4).cast(DType::kF32)},
          {"shared", normal_array("shared", shared.shape(), 0.5).cast(DType::kF32)}};
      const auto expected = Interpreter(graph).run(inputs);
      const auto computed = compile(graph, {.threads = 2, .verify = true}).run(inputs, {});
      for (const auto& [name, values] : expected) {
        const auto result = computed.at(name).values<float>();
        const auto truth = values.values<double>();
        double scale = 0;
        for (const double value : truth) scale = std::max(scale, std::abs(value));
        for (size_t i = 0; i < result.size(); ++i) {
          ASSERT_NEAR(result[i], truth[i], 2e-4 * (1 + scale))
              << name << " " << i << ", rows " << rows << ", bins " << bins;
        }
      }
    }
  }
}

TEST(RationalQuadratic, ExplainsWrongUse) {
  Graph graph;
  const Tensor x = graph.input("x", {4, 2});
  EXPECT_THROW(rational_quadratic(x, graph.input("a", {4, 2, 22}), {.bins = 8}, kForward), ShapeError);
  EXPECT_THROW(rational_quadratic(x, graph.input("b", {2, 2, 23}), {.bins = 8}, kForward), ShapeError);
  EXPECT_THROW(require_rational_quadratic("spline", {.bins = 0}), ConfigError);
  EXPECT_THROW(require_rational_quadratic("spline", {.bins = 1000}), ConfigError);
  EXPECT_THROW(require_rational_quadratic("spline", {.bound = 0}), ConfigError);
}

}  // namespace
}  // namespace elbo::flows
