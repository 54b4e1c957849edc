#include "elbo/report/color.h"

#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <limits>
#include <set>

namespace elbo::report {
namespace {

double difference(Rgb p, Rgb q) {
  const OkLab a = to_oklab(p), b = to_oklab(q);
  return std::hypot(a.lightness - b.lightness, a.a - b.a, a.b - b.b);
}

TEST(SequentialMap, GrowsLighterInAStraightLine) {
  const double low = to_oklab(map_color(ColorMap::kSequential, 0)).lightness;
  const double high = to_oklab(map_color(ColorMap::kSequential, 1)).lightness;
  EXPECT_LT(low, 0.3);
  EXPECT_GT(high, 0.88);
  double last = 0;
  for (int i = 0; i <= 32; ++i) {
    const double lightness = to_oklab(map_color(ColorMap::kSequential, i / 32.0)).lightness;
    EXPECT_GT(lightness, last);
    last = lightness;
  }
}

TEST(Maps, TakeEqualStepsForTheEye) {
  for (const ColorMap map : {ColorMap::kSequential, ColorMap::kDiverging}) {
    // Fifteenths: 17 of the 255 steps each, so that rounding to bytes is small beside them.  It fails where the path
    // leaves the sRGB gamut.
    double least = 1, most = 0;
    for (int i = 0; i < 15; ++i) {
      if (map == ColorMap::kDiverging && i == 7) continue;  // goes to the neutral middle and back
      const double step = difference(map_color(map, i / 15.0), map_color(map, (i + 1) / 15.0));
      least = std::min(least, step);
      most = std::max(most, step);
    }
    EXPECT_LT(most / least, 1.08);
  }
}

TEST(DivergingMap, IsNeutralInTheMiddleAndEvenAtItsEnds) {
  const OkLab middle = to_oklab(map_color(ColorMap::kDiverging, 0.5));
  EXPECT_LT(std::hypot(middle.a, middle.b), 0.01);
  EXPECT_GT(middle.lightness, 0.95);
  EXPECT_NEAR(to_oklab(map_color(ColorMap::kDiverging, 0)).lightness,
              to_oklab(map_color(ColorMap::kDiverging, 1)).lightness, 0.02);
}

TEST(Maps, ClampWhatLiesOutside) {
  const double nan = std::numeric_limits<double>::quiet_NaN(), inf = std::numeric_limits<double>::infinity();
  for (const ColorMap map : {ColorMap::kSequential, ColorMap::kDiverging, ColorMap::kGrey}) {
    EXPECT_EQ(map_color(map, -inf), map_color(map, 0));
    EXPECT_EQ(map_color(map, nan), map_color(map, 0));
    EXPECT_EQ(map_color(map, 7), map_color(map, 1));
  }
  EXPECT_EQ(map_color(ColorMap::kGrey, 1), (Rgb{255, 255, 255}));
}

TEST(SeriesColors, DifferAndRepeat) {
  EXPECT_EQ(hex(series_color(0)), "#0072b2");
  EXPECT_EQ(series_color(kSeriesColors), series_color(0));
  EXPECT_EQ(series_color(-1), series_color(kSeriesColors - 1));
  for (int i = 0; i < kSeriesColors; ++i) {
    for (int j = 0; j < i; ++j) EXPECT_GT(difference(series_color(i), series_color(j)), 0.1);
  }
}

}  // namespace
}  // namespace elbo::report
