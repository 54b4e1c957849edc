// Counts by uniform draws: each count has the share of (0, 1) that is its probability.
#include "elbo/engine/ops/draw_count.h"

#include <limits>
#include <map>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

// By factors from the probability of 0, mean / (1 + dispersion mean) (1 + dispersion k) / (k + 1).
std::vector<double> probabilities(double mean, double dispersion, int count) {
  double p = dispersion > 0 ? std::pow(1 + dispersion * mean, -1 / dispersion) : std::exp(-mean);
  std::vector<double> all;
  for (int k = 0; k < count; ++k) {
    all.push_back(p);
    p *= mean * (1 + dispersion * k) / ((1 + dispersion * mean) * (k + 1));
  }
  return all;
}

TEST(DrawCount, GivesEachCountItsShare) {
  constexpr int kDraws = 200'000;
  for (const auto& [mean, dispersion] : std::vector<std::pair<double, double>>{
           {0.01, 0}, {0.7, 0}, {4, 0}, {60, 0}, {0.5, 2}, {4, 0.25}, {30, 1}, {50, 1e-6}}) {
    std::map<int, double> share;
    for (int i = 0; i < kDraws; ++i) {
      share[static_cast<int>(count_of_uniform((i + 0.5) / kDraws, mean, dispersion))] += 1.0 / kDraws;
    }
    const std::vector<double> expected = probabilities(mean, dispersion, 600);
    for (int k = 0; k < 600; ++k) {
      EXPECT_NEAR(share[k], expected[static_cast<size_t>(k)], 1.01 / kDraws) << mean << " " << dispersion << " " << k;
    }
  }
}

TEST(DrawCount, HasItsMeanAndVarianceWhereCountsAreLarge) {
  constexpr int kDraws = 20'001;
  for (const auto& [mean, dispersion] :
       std::vector<std::pair<double, double>>{{1e6, 0}, {1e6, 1e-9}, {1e4, 1e-3}, {3e3, 0.5}}) {
    double total = 0, squares = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double away = count_of_uniform((i + 0.5) / kDraws, mean, dispersion) - mean;
      total += away / kDraws;
      squares += away * away / kDraws;
    }
    const double variance = mean + dispersion * mean * mean;
    // Each of some ten deviations of counts is chosen by as many points as lie in its share, give or take a draw of
    // 1/6 in variance.
    const double deviation = std::sqrt(variance);
    EXPECT_NEAR(total, 0, 4 * std::sqrt(10 * deviation / 6) * deviation / kDraws) << mean << " " << dispersion;
    EXPECT_NEAR(squares / variance, 1, 1e-2) << mean << " " << dispersion;
  }
}

TEST(DrawCount, IsNoNumberWhereNothingCanBeDrawn) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(count_of_uniform(0.5, 0, 1), 0);
  for (const auto& [mean, dispersion] :
       std::vector<std::pair<double, double>>{{-1, 0}, {nan, 0}, {inf, 0}, {1, -1}, {1, nan}, {1, inf}}) {
    EXPECT_TRUE(std::isnan(count_of_uniform(0.5, mean, dispersion))) << mean << " " << dispersion;
  }
}

TEST(DrawCount, TakesThreeOfOneShape) {
  Graph graph;
  const Tensor a = graph.input("a", {2, 3}), b = graph.input("b", {1, 3});
  EXPECT_THAT(testing_ops::message_of([&] { draw_count(a, a, b); }), testing::HasSubstr("must have one shape"));
}

}  // namespace
}  // namespace elbo
