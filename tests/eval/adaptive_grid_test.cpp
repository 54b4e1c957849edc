#include "elbo/eval/adaptive_grid.h"

#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <limits>
#include <numbers>

namespace elbo::eval {
namespace {

using Function = std::function<double(const double* point)>;

struct Integral {
  double log_value = 0;
  bool resolved = false;
  size_t points = 0;
};

Integral integral_of(const Function& f, const AdaptiveGridOptions& options) {
  AdaptiveGrid grid(options);
  Integral result;
  while (!grid.is_done()) {
    std::vector<double> values;
    for (size_t i = 0; i < grid.points().size(); i += options.low.size()) values.push_back(f(&grid.points()[i]));
    result.points += values.size();
    grid.take(values);
  }
  result.log_value = grid.log_integral();
  result.resolved = grid.is_resolved();
  return result;
}

double log_normal(double x, double loc, double scale) {
  const double e = (x - loc) / scale;
  return -0.5 * e * e - std::log(scale) - 0.5 * std::log(2 * std::numbers::pi);
}

// z ~ N(0, I), x = W z + 0.1 e in four dimensions: log p(x) by the eigenvalues of W Wᵀ + 0.01 I, whose vectors the
// columns of W are, since they are orthogonal.
TEST(AdaptiveGrid, FindsTheEvidenceOfProbabilisticPca) {
  constexpr double kNoise = 0.1;
  constexpr double kW[4][2] = {{1, 1}, {1, -1}, {0.5, 0}, {0, 2}};
  const double x[4] = {0.7, -1.1, 0.3, 2.4};
  // Columns (1, 1, 0.5, 0) and (1, -1, 0, 2): lengths 2.25 and 6, product 0.
  const auto joint = [&](const double* z) {
    double sum = log_normal(z[0], 0, 1) + log_normal(z[1], 0, 1);
    for (size_t i = 0; i < 4; ++i) sum += log_normal(x[i], kW[i][0] * z[0] + kW[i][1] * z[1], kNoise);
    return sum;
  };
  double expected = 0, rest = 0;
  for (const double value : x) rest += value * value;
  for (size_t k = 0; k < 2; ++k) {
    double length = 0, along = 0;
    for (size_t i = 0; i < 4; ++i) {
      length += kW[i][k] * kW[i][k];
      along += kW[i][k] * x[i];
    }
    const double part = along / std::sqrt(length);
    expected += log_normal(part, 0, std::sqrt(length + kNoise * kNoise));
    rest -= part * part;
  }
  expected += 2 * log_normal(0, 0, kNoise) - 0.5 * rest / (kNoise * kNoise);
  const Integral found = integral_of(joint, {.low = {-6, -6}, .high = {6, 6}});
  EXPECT_TRUE(found.resolved);
  // Cells that are not made finer hold less than e^-12 of the highest.
  EXPECT_NEAR(found.log_value, expected, 1e-6);
  EXPECT_LT(found.points, 3000u);
}

TEST(AdaptiveGrid, FindsNarrowPeaksInAWidePlane) {
  for (const double scale : {1.0, 0.1, 0.01, 0.001}) {
    for (const double loc : {0.0, 1.2345, -3.9}) {
      const auto plane = [&](const double* z) { return log_normal(z[0], loc, scale) + log_normal(z[1], -loc, scale); };
      const Integral two = integral_of(plane, {.low = {-8, -8}, .high = {8, 8}});
      EXPECT_TRUE(two.resolved);
      EXPECT_NEAR(two.log_value, 0, 1e-3) << scale << " at " << loc;
      EXPECT_LT(two.points, 5000u) << scale << " at " << loc;
      const auto line = [&](const double* z) { return log_normal(z[0], loc, scale) - 700; };
      const Integral one = integral_of(line, {.low = {-8}, .high = {8}});
      EXPECT_TRUE(one.resolved);
      EXPECT_NEAR(one.log_value, -700, 1e-3) << scale << " at " << loc;
    }
  }
}

TEST(AdaptiveGrid, SeesAllModes) {
  const auto two_modes = [](const double* z) {
    const double left = log_normal(z[0], -3, 0.05) + log_normal(z[1], 2, 0.05) + std::log(0.3);
    const double right = log_normal(z[0], 2.5, 0.02) + log_normal(z[1], -1, 0.2) + std::log(0.7);
    return std::max(left, right) + std::log1p(std::exp(-std::abs(left - right)));
  };
  const Integral found = integral_of(two_modes, {.low = {-7, -7}, .high = {7, 7}});
  EXPECT_TRUE(found.resolved);
  EXPECT_NEAR(found.log_value, 0, 3e-3);
}

// A needle in a flat field, which no slope leads to: a seed does.
TEST(AdaptiveGrid, LooksWhereASeedLies) {
  const auto needle = [](const double* z) {
    const double flat = -5 - std::log(14.0 * 14.0);
    const double at = log_normal(z[0], 1.01, 1e-3) + log_normal(z[1], 0.51, 1e-3);
    return std::max(flat, at) + std::log1p(std::exp(-std::abs(flat - at)));
  };
  const Integral found = integral_of(needle, {.low = {-7, -7}, .high = {7, 7}, .seeds = {1.0105, 0.5095}});
  EXPECT_NEAR(found.log_value, std::log(1 + std::exp(-5.0)), 5e-3);
}

TEST(AdaptiveGrid, SaysWhereCellsRanOut) {
  const auto rough = [](const double* z) { return 5 * std::sin(1000 * z[0]) * std::sin(1300 * z[1]); };
  const Integral found =
      integral_of(rough, {.low = {-7, -7}, .high = {7, 7}, .tolerance = 1e-12, .most_cells = 10'000});
  EXPECT_FALSE(found.resolved);
  const auto nothing = [](const double*) { return -std::numeric_limits<double>::infinity(); };
  const Integral none = integral_of(nothing, {.low = {0, 0}, .high = {1, 1}, .most_cells = 10'000});
  EXPECT_FALSE(none.resolved);
  EXPECT_EQ(none.log_value, -std::numeric_limits<double>::infinity());
}

}  // namespace
}  // namespace elbo::eval
