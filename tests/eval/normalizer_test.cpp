#include "elbo/eval/normalizer.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

// p~ = Z N(kLoc, kScale²), q the standard normal.
constexpr double kLoc = 0.5, kScale = 0.7, kLogZ = 1.25;

Tensor log_target(Tensor x) {
  const double log_constant = kLogZ - std::log(kScale) - 0.5 * std::log(2 * std::numbers::pi);
  return -0.5 * sum(square((x - kLoc) / kScale), {.axes = {-1}}) + log_constant;
}

prob::SampleAndLogProb standard_normal(Graph& graph, int64_t rows) {
  return prob::StandardNormal{1}.sample_and_log_prob(graph, rows);
}

// E_q[(p/q)^2], by the trapezoid rule.
double second_moment() {
  double sum = 0;
  constexpr double kStep = 0.001;
  for (double x = -12; x <= 12; x += kStep) {
    const double log_q = -0.5 * x * x - 0.5 * std::log(2 * std::numbers::pi);
    const double at = (x - kLoc) / kScale;
    const double log_p = -0.5 * at * at - std::log(kScale) - 0.5 * std::log(2 * std::numbers::pi);
    sum += kStep * std::exp(2 * log_p - log_q);
  }
  return sum;
}

TEST(Normalizer, IsUnbiasedForAKnownTarget) {
  constexpr int kReplicates = 200;
  constexpr int64_t kSamples = 50;  // few, so that a bias would show
  const double z = std::exp(kLogZ);
  double total = 0, squares = 0;
  for (int i = 0; i < kReplicates; ++i) {
    const auto e = estimate_normalizer(standard_normal, log_target,
                                       {.samples = kSamples, .seed = static_cast<uint64_t>(i), .threads = 1});
    const double estimate = std::exp(e.log_normalizer.mean);
    total += estimate;
    squares += (estimate - z) * (estimate - z);
  }
  const double standard_error = std::sqrt(squares / kReplicates / kReplicates);
  EXPECT_NEAR(total / kReplicates, z, 4 * standard_error);
  // And the spread is what the second moment says, within the error of a variance of this many.
  const double expected = z * z * (second_moment() - 1) / kSamples;
  EXPECT_NEAR(squares / kReplicates, expected, 0.5 * expected);
}

TEST(Normalizer, FindsNormalizerDivergenceAndEffectiveSamples) {
  constexpr int64_t kSamples = 40'000;
  const auto e = estimate_normalizer(standard_normal, log_target, {.samples = kSamples, .seed = 5, .threads = 1});
  EXPECT_EQ(e.samples, kSamples);
  EXPECT_NEAR(e.log_normalizer.mean, kLogZ, 4 * e.log_normalizer.standard_error);
  // KL of the standard normal from N(kLoc, kScale²).
  const double kl = std::log(kScale) + (1 + kLoc * kLoc) / (2 * kScale * kScale) - 0.5;
  EXPECT_NEAR(e.free_energy.mean + kLogZ, kl, 4 * e.free_energy.standard_error);
  const double m = second_moment();
  EXPECT_NEAR(e.log_normalizer.standard_error, std::sqrt((m - 1) / kSamples), 0.1 * std::sqrt((m - 1) / kSamples));
  EXPECT_NEAR(e.effective_samples / kSamples, 1 / m, 0.05);
}

TEST(Normalizer, DrawsWhatIsAskedForWhateverTheThreads) {
  const auto at = [&](int64_t samples, int threads) {
    return estimate_normalizer(standard_normal, log_target, {.samples = samples, .seed = 1, .threads = threads});
  };
  EXPECT_EQ(at(1, 1).samples, 1);
  EXPECT_TRUE(std::isnan(at(1, 1).free_energy.standard_error));
  EXPECT_EQ(at(2500, 1).log_normalizer.mean, at(2500, 2).log_normalizer.mean);
  EXPECT_NE(at(2500, 1).log_normalizer.mean, at(2000, 1).log_normalizer.mean);
  EXPECT_THROW(at(0, 1), ConfigError);
}

TEST(Normalizer, OfWeightsByHand) {
  const double infinity = std::numeric_limits<double>::infinity();
  // Far from 0, where exp would overflow: 1, 3 and nothing, times e^1000.
  const NormalizerEstimate e = normalizer_of(std::vector<double>{1000, 1000 + std::log(3), -infinity, -infinity});
  EXPECT_NEAR(e.log_normalizer.mean, 1000, 1e-9);  // the mean of 1, 3, 0, 0 is 1
  EXPECT_NEAR(e.log_normalizer.standard_error, std::sqrt(6.0 / 3 / 4), 1e-9);
  EXPECT_NEAR(e.effective_samples, 16.0 / 10, 1e-9);
  EXPECT_EQ(e.free_energy.mean, infinity);  // q draws where p is 0
  EXPECT_THROW(normalizer_of(std::vector<double>{0, std::nan("")}), NumericalError);
  EXPECT_THROW(normalizer_of(std::vector<double>{0, infinity}), NumericalError);
  EXPECT_EQ(normalizer_of(std::vector<double>{-infinity}).effective_samples, 0);
}

}  // namespace
}  // namespace elbo::eval
