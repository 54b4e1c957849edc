// Counts: rising factorials against log-gammas and products, and log-probabilities where digits are lost easily.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/negative_binomial.h"
#include "elbo/prob/poisson.h"
#include "elbo/prob/rising_factorial.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

const std::vector<double> kStarts{1e-3, 0.25, 1, 2.5, 7.9, 8, 8.1, 100, 1e6}, kCounts{0, 1, 2, 7, 8, 30, 1000};

TEST(RisingFactorial, IsTheProductAndItsSlopesAreSums) {
  for (const double start : kStarts) {
    for (const double count : kCounts) {
      double product = 0, slope = 0, bend = 0;  // log r(r + 1) ..., and its derivatives by r
      for (int k = 0; k < static_cast<int>(count); ++k) {
        product += std::log(start + k);
        slope += 1 / (start + k);
        bend -= 1 / ((start + k) * (start + k));
      }
      Graph graph;
      const Tensor r = graph.input("r", {1}), n = graph.input("n", {1});
      const Tensor value = log_rising_factorial(r, n);
      const Tensor first = gradients(sum(value), {r})[0], second = gradients(sum(first), {r})[0];
      Interpreter check(graph);
      check.run({{"r", array_of({1}, {start})}, {"n", array_of({1}, {count})}});
      const auto expect = [&](Tensor tensor, double expected) {
        EXPECT_NEAR(values_of(check.value(tensor))[0], expected, 1e-12 * (1 + std::abs(expected)))
            << start << " " << count;
      };
      expect(value, product);
      expect(first, slope);
      expect(second, bend);
    }
  }
}

TEST(RisingFactorial, OfOneIsTheFactorial) {
  Graph graph;
  const std::vector<double> counts{0, 1, 2, 3, 10, 99, 1e4};
  const Tensor n = graph.input("n", {7});
  graph.output("value", log_factorial(n));
  const Array given = array_of({7}, counts);
  const std::vector<double> exact = values_of(Interpreter(graph).run({{"n", given}}).at("value"));
  const auto single = compile(graph).run({{"n", given.cast(DType::kF32)}}, {});
  for (size_t i = 0; i < counts.size(); ++i) {
    const double expected = std::lgamma(counts[i] + 1);
    EXPECT_NEAR(exact[i], expected, 1e-12 * (1 + expected));
    EXPECT_NEAR(static_cast<double>(single.at("value").values<float>()[i]), expected, 1e-6 * (1 + expected));
  }
  EXPECT_EQ(exact[0], 0);
}

// In single precision too: the difference of two log-gammas of 1e6 has no digit that counts.
TEST(NegativeBinomial, OfASmallScaleIsAlmostPoisson) {
  Graph graph;
  const Tensor x = graph.input("x", {1, 4}), log_mean = graph.input("m", {1, 4});
  graph.output("negative binomial",
               NegativeBinomial{.log_mean = log_mean, .log_scale = graph.constant(std::log(1e-3))}.log_prob(x));
  graph.output("poisson", Poisson{.log_rate = log_mean}.log_prob(x));
  const std::map<std::string, Array> given{{"x", array_of({1, 4}, {0, 3, 25, 1}).cast(DType::kF32)},
                                           {"m", array_of({1, 4}, {-1, 1, 3, 0.5}).cast(DType::kF32)}};
  const auto out = compile(graph).run(given, {});
  const double poisson = static_cast<double>(out.at("poisson").values<float>()[0]);
  EXPECT_NEAR(static_cast<double>(out.at("negative binomial").values<float>()[0]), poisson, 1e-4);
  EXPECT_LT(poisson, -5);
}

TEST(NegativeBinomial, HasTheVarianceOfItsScale) {
  Graph graph;
  const Distribution d = NegativeBinomial{.log_mean = graph.constant(array_of({1, 2}, {std::log(3), std::log(40)})),
                                          .log_scale = graph.constant(array_of({1, 2}, {std::log(0.5), 0}))};
  graph.output("drawn", d.sample(graph, 40'000));
  const std::vector<double> drawn = values_of(Interpreter(graph).run({}, {.seed = 5}).at("drawn"));
  const double expected[] = {3 + 0.25 * 9, 40 + 1600}, mean[] = {3, 40};
  for (size_t at = 0; at < 2; ++at) {
    std::vector<double> squares;
    for (const double x : column(drawn, 2, at)) squares.push_back((x - mean[at]) * (x - mean[at]));
    const Estimate e = estimate(squares);
    EXPECT_NEAR(e.mean, expected[at], 4 * e.standard_error);
  }
}

TEST(Counts, SayWhatShapesTheyTake) {
  Graph graph;
  const Tensor a = graph.input("a", {4, 2}), b = graph.input("b", {4, 3});
  EXPECT_EQ(message_of([&] { Distribution(NegativeBinomial{.log_mean = a, .log_scale = b}).log_prob(a); }),
            "negative-binomial: log_mean [4, 2] and log_scale [4, 3]: the scale must have the shape of log_mean or "
            "broadcast to it");
  EXPECT_EQ(message_of([&] { Distribution(Poisson{.log_rate = a}).log_prob(b); }),
            "poisson: value [4, 3], rows of 2 are required");
}

}  // namespace
}  // namespace elbo::prob
