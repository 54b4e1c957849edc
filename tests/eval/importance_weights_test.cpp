#include "elbo/eval/importance_weights.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

#include "elbo/data/random.h"

namespace elbo::eval {
namespace {

constexpr double kNever = -std::numeric_limits<double>::infinity();

LogWeights weights_of(const std::vector<double>& log_weights) {
  LogWeights weights(static_cast<int64_t>(log_weights.size()));
  for (const double log_weight : log_weights) weights.add(log_weight);
  return weights;
}

data::RowRandom random_of(uint64_t seed) {
  return {{.seed = seed, .purpose = data::Purpose::kGenerate}, 0};
}

// Values of a generalized Pareto distribution with scale 1, by its quantiles at random places; sorted.
std::vector<double> pareto_values(double k, int count, uint64_t seed) {
  data::RowRandom random = random_of(seed);
  std::vector<double> values;
  for (int i = 0; i < count; ++i) values.push_back((std::pow(random.uniform(), -k) - 1) / k);
  std::sort(values.begin(), values.end());
  return values;
}

TEST(ImportanceWeights, MeanErrorAndEffectiveSamplesAreThoseOfTheWeights) {
  // Weights 1, 2, 3 and 0, far below what a double holds.
  const double far = -2000;
  const LogWeights weights = weights_of({far, far + std::log(3), kNever, far + std::log(2)});
  EXPECT_NEAR(weights.log_mean(), far + std::log(6.0 / 4), 1e-12);
  EXPECT_NEAR(weights.effective_samples(), 36.0 / 14, 1e-12);
  // Variance of 0, 1, 2, 3 is 5/3, of their mean 5/12; the mean is 3/2.
  EXPECT_NEAR(weights.standard_error(), std::sqrt(5.0 / 12) / 1.5, 1e-12);
  EXPECT_TRUE(std::isnan(weights.pareto_k()));  // of four draws
  EXPECT_TRUE(std::isnan(weights_of({1.0}).standard_error()));
  EXPECT_EQ(weights_of({kNever, kNever}).effective_samples(), 0);
}

TEST(ImportanceWeights, EqualWeightsHaveNoTail) {
  const LogWeights weights = weights_of(std::vector<double>(200, -93.25));
  EXPECT_EQ(weights.pareto_k(), kNever);
  EXPECT_EQ(weights.effective_samples(), 200);
  EXPECT_EQ(weights.standard_error(), 0);
  EXPECT_EQ(weights.log_mean(), -93.25);
}

// As the formulas, written a second time in Python, give it for x = 1/20, 2/19 ... 20/1: 0.7373684188386839 before it
// is drawn towards a half.
TEST(ImportanceWeights, TheFitIsThatOfZhangAndStephens) {
  std::vector<double> values;
  for (int i = 1; i <= 20; ++i) values.push_back(i / (21.0 - i));
  EXPECT_NEAR(fitted_pareto_k(values), 0.6582456125591226, 1e-9);
}

TEST(ImportanceWeights, TheFitFindsTheShapeOfParetoValues) {
  for (const double k : {-0.3, 0.2, 0.5, 0.7, 1.0, 1.5}) {
    double mean = 0;
    constexpr int kTimes = 20, kCount = 2000;
    for (uint64_t seed = 0; seed < kTimes; ++seed) mean += fitted_pareto_k(pareto_values(k, kCount, seed)) / kTimes;
    // Standard error of one fit is (1 + k) / √n; the prior pulls by 10 / (n + 10) towards a half.
    EXPECT_NEAR(mean, k, 4 * (1 + k) / std::sqrt(kCount * kTimes) + 0.01) << k;
  }
}

// For z from N(0, s²) and the target N(0, 1), w falls off as a power of its rank with k = 1 - s² where s < 1: the
// largest weights lie where the proposal has its tails.
TEST(ImportanceWeights, ANarrowProposalHasTheShapeThatTheoryGives) {
  for (const double scale : {0.4, 0.6, 0.8, 1.3}) {
    double mean = 0;
    constexpr int kTimes = 10;
    for (uint64_t seed = 0; seed < kTimes; ++seed) {
      data::RowRandom random = random_of(seed);
      LogWeights weights(100'000);
      for (int i = 0; i < 100'000; ++i) {
        const double e = random.normal(), z = scale * e;
        weights.add(0.5 * (e * e - z * z) + std::log(scale));
      }
      mean += weights.pareto_k() / kTimes;
    }
    if (scale > 1) {
      EXPECT_LT(mean, 0.2);  // bounded weights
    } else {
      EXPECT_NEAR(mean, 1 - scale * scale, 0.1) << scale;
    }
  }
}

}  // namespace
}  // namespace elbo::eval
