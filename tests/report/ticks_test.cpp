#include "elbo/report/ticks.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <rapidcheck/gtest.h>
#include <set>

namespace elbo::report {
namespace {

using testing::ElementsAre;

TEST(NiceTicks, AreRound) {
  const Ticks ticks = nice_ticks({.low = 98.3, .high = 131.0});
  EXPECT_THAT(ticks.values, ElementsAre(100, 110, 120, 130));
  EXPECT_THAT(nice_ticks({.low = 0, .high = 0.5}).labels, ElementsAre("0", "0.1", "0.2", "0.3", "0.4", "0.5"));
  EXPECT_THAT(nice_ticks({.low = -1, .high = 1}, {.most = 4}).labels, ElementsAre("−1.0", "−0.5", "0", "0.5", "1.0"));
  EXPECT_THAT(nice_ticks({.low = 0, .high = 2e6}, {.most = 4}).labels,
              ElementsAre("0", "0.5×10⁶", "1.0×10⁶", "1.5×10⁶", "2.0×10⁶"));
}

TEST(NiceTicks, NeverLeaveAScaleUntold) {
  // Steps of five would leave the zero alone.
  EXPECT_THAT(nice_ticks({.low = -4.5, .high = 4.5}, {.most = 4}).values, ElementsAre(-4, -2, 0, 2, 4));
}

TEST(NiceTicks, OfEpochsAreWhole) {
  EXPECT_THAT(nice_ticks({.low = 1, .high = 3}, {.most = 8, .integers = true}).labels, ElementsAre("1", "2", "3"));
}

// Ranges of all sizes and places, including ones far from zero compared with their length.
Range any_range() {
  const double low = *rc::gen::inRange(-1'000'000, 1'000'000) * std::pow(10.0, *rc::gen::inRange(-12, 12));
  const double length = *rc::gen::inRange(1, 1'000'000) * std::pow(10.0, *rc::gen::inRange(-12, 12));
  return range_of({low, low + length});
}

RC_GTEST_PROP(NiceTicks, AreEvenInsideFewAndDistinct, ()) {
  const Range range = any_range();
  const int most = *rc::gen::inRange(2, 12);
  const Ticks ticks = nice_ticks(range, {.most = most});
  const double length = range.high - range.low;
  RC_ASSERT(ticks.values.size() >= 3u);
  RC_ASSERT(ticks.values.size() <= static_cast<size_t>(std::max(most + 1, 8)));
  RC_ASSERT(ticks.labels.size() == ticks.values.size());
  RC_ASSERT(std::set<std::string>(ticks.labels.begin(), ticks.labels.end()).size() == ticks.labels.size());
  const double step = ticks.values[1] - ticks.values[0];
  const double slack = 1e-6 * length;
  for (size_t i = 0; i < ticks.values.size(); ++i) {
    RC_ASSERT(ticks.values[i] >= range.low && ticks.values[i] <= range.high);
    if (i > 0) RC_ASSERT(std::abs(ticks.values[i] - ticks.values[i - 1] - step) <= slack);
  }
  // No room for one more at either end.
  RC_ASSERT(ticks.values.front() - range.low < step + slack);
  RC_ASSERT(range.high - ticks.values.back() < step + slack);
  // The step is 1, 2 or 5 times a power of ten.
  const double digit = step / std::pow(10.0, std::floor(std::log10(step * (1 + 1e-6))));
  RC_ASSERT(std::abs(digit - 1) < 1e-2 || std::abs(digit - 2) < 1e-2 || std::abs(digit - 5) < 1e-2);
}

TEST(LogTicks, ArePowersOfTen) {
  const Ticks ticks = log_ticks({.low = 0.02, .high = 900});
  EXPECT_THAT(ticks.labels, ElementsAre("0.1", "1", "10", "100"));
  EXPECT_THAT(log_ticks({.low = 1e-8, .high = 1e-5}).labels, ElementsAre("10⁻⁸", "10⁻⁷", "10⁻⁶", "10⁻⁵"));
  EXPECT_THAT(log_ticks({.low = 1, .high = 1e12}).labels,
              ElementsAre("1", "100", "10,000", "10⁶", "10⁸", "10¹⁰", "10¹²"));
}

TEST(LogTicks, FillAShortRange) {
  EXPECT_THAT(log_ticks({.low = 30, .high = 600}).labels, ElementsAre("50", "100", "200", "500"));
  EXPECT_THAT(log_ticks({.low = 104, .high = 109}).labels, ElementsAre("104", "105", "106", "107", "108", "109"));
}

RC_GTEST_PROP(LogTicks, RiseInsideTheRange, ()) {
  const double low = std::pow(10.0, *rc::gen::inRange(-2000, 2000) / 10.0);
  const Range range =
      range_of({low, low * std::pow(10.0, *rc::gen::inRange(1, 400) / 20.0)}, {.logarithmic = true, .margin = 0.05});
  const Ticks ticks = log_ticks(range);
  RC_ASSERT(ticks.values.size() >= 2u);
  RC_ASSERT(ticks.values.size() <= 10u);
  for (size_t i = 0; i < ticks.values.size(); ++i) {
    RC_ASSERT(ticks.values[i] >= range.low && ticks.values[i] <= range.high);
    if (i > 0) RC_ASSERT(ticks.values[i] > ticks.values[i - 1]);
  }
  RC_ASSERT(std::set<std::string>(ticks.labels.begin(), ticks.labels.end()).size() == ticks.labels.size());
}

TEST(RangeOf, CountsOnlyWhatHasAPlace) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  const auto expect = [](const Range& range, double low, double high) {
    EXPECT_DOUBLE_EQ(range.low, low);
    EXPECT_DOUBLE_EQ(range.high, high);
  };
  expect(range_of({nan, 3, inf, 1, -inf, 1e299}), 1, 3);
  expect(range_of({0, 10}, {.margin = 0.1}), -1, 11);
  expect(range_of({}), 0, 1);
  expect(range_of({nan}), 0, 1);
  expect(range_of({100, 100}), 95, 105);
  expect(range_of({0}), -1, 1);
  expect(range_of({-5, 0, 2, 8}, {.logarithmic = true}), 2, 8);
  expect(range_of({-5}, {.logarithmic = true}), 1, 10);
  expect(range_of({4}, {.logarithmic = true}), 2, 8);
  expect(range_of({1, 100}, {.logarithmic = true, .margin = 0.5}), 0.1, 1000);
}

}  // namespace
}  // namespace elbo::report
