#include "elbo/report/line_plot.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sstream>

#include "elbo/settings/error.h"
#include "tests/report/markup_check.h"
#include "tests/support/not_finite.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;

using testing_support::kInf;
using testing_support::kNan;

// Values of the coordinates of all curves.
std::vector<double> curve_points(const std::string& svg) {
  std::vector<double> out;
  for (size_t at = svg.find("<polyline points=\""); at != std::string::npos;
       at = svg.find("<polyline points=\"", at + 1)) {
    const size_t begin = at + 18;
    std::string points = svg.substr(begin, svg.find('"', begin) - begin);
    std::ranges::replace(points, ',', ' ');
    std::istringstream stream(points);
    for (double value = 0; stream >> value;) out.push_back(value);
  }
  return out;
}

testing::AssertionResult is_sound(const std::string& svg) {
  for (const char* word : {"nan", "inf", "e+", "e-0"}) {
    // Numbers stand in quotes or between separators; words of the drawing itself ("Arial, sans-serif") do not match.
    for (const char* before : {"\"", " ", ",", "-"}) {
      if (svg.find(std::string(before) + word) != std::string::npos) {
        return testing::AssertionFailure() << "\"" << before << word << "\" in " << svg;
      }
    }
  }
  return is_balanced(svg);
}

TEST(LinePlot, ShowsSeriesNamesAxesAndRules) {
  const std::string svg =
      line_plot({.title = "Kong & Li",
                 .x = {.label = "epoch", .integers = true},
                 .y = {.label = "−ELBO", .unit = "nats"},
                 .series = {{.name = "no flow", .x = {1, 2, 3}, .y = {120, 112, 109}, .error = {1, 1, 1}},
                            {.name = "8 <planar>", .x = {1, 2, 3}, .y = {118, 110, 105}, .dashed = true}},
                 .rules = {{.y = 109.23, .name = "printed"}}})
          .str();
  EXPECT_TRUE(is_sound(svg));
  for (const char* text :
       {"Kong &amp; Li", ">epoch<", ">−ELBO (nats)<", ">no flow<", ">8 &lt;planar&gt;<", ">printed<"}) {
    EXPECT_THAT(svg, HasSubstr(text));
  }
  EXPECT_EQ(count_of(svg, "<polyline"), 2);
  EXPECT_EQ(count_of(svg, "<polygon"), 1);  // one band
  EXPECT_THAT(svg, HasSubstr("stroke=\"#0072b2\""));
  EXPECT_THAT(svg, HasSubstr("stroke=\"#d55e00\" stroke-width=\"1.9\" stroke-dasharray"));
}

TEST(LinePlot, PutsValuesWhereTheAxesSay) {
  const std::string svg =
      line_plot(
          {.x = {.low = 0, .high = 10}, .y = {.low = 0, .high = 100}, .series = {{.x = {0, 5, 10}, .y = {0, 50, 100}}}})
          .str();
  const std::vector<double> points = curve_points(svg);
  ASSERT_EQ(points.size(), 6u);
  EXPECT_NEAR(points[2], (points[0] + points[4]) / 2, 0.02);
  EXPECT_NEAR(points[3], (points[1] + points[5]) / 2, 0.02);
  EXPECT_GT(points[1], points[5]);  // y grows upwards
  EXPECT_EQ(points[4], 620);        // the right edge of the plot
}

TEST(LinePlot, IsLogarithmicWhereAsked) {
  const std::string svg = line_plot({.x = {.low = 0, .high = 2},
                                     .y = {.logarithmic = true, .low = 1, .high = 100},
                                     .series = {{.x = {0, 1, 2}, .y = {1, 10, 100}}}})
                              .str();
  const std::vector<double> points = curve_points(svg);
  ASSERT_EQ(points.size(), 6u);
  EXPECT_NEAR(points[3], (points[1] + points[5]) / 2, 0.02);
}

TEST(LinePlot, LeavesGapsForWhatHasNoPlace) {
  const std::vector<double> x{1, 2, 3, 4, 5, 6, 7};
  const std::string svg = line_plot({.series = {{.x = x, .y = {5, 4, kNan, 3, 2, kInf, 1}}}}).str();
  EXPECT_TRUE(is_sound(svg));
  EXPECT_EQ(count_of(svg, "<polyline"), 2);
  EXPECT_EQ(count_of(svg, "<circle"), 1);  // the last value, alone behind a gap
  const std::string logarithmic =
      line_plot({.y = {.logarithmic = true}, .series = {{.x = x, .y = {5, 4, 0, 3, 2, -1, 1}}}}).str();
  EXPECT_EQ(count_of(logarithmic, "<polyline"), 2);
}

TEST(LinePlot, DrawsConstantEmptyAndLostSeries) {
  const std::vector<double> x{1, 2, 3};
  const std::vector<Series> cases[] = {
      {},
      {{.name = "empty", .x = {}, .y = {}}},
      {{.name = "constant", .x = x, .y = {7, 7, 7}}},
      {{.name = "zero", .x = x, .y = {0, 0, 0}}},
      {{.name = "one point", .x = {4}, .y = {4}, .error = {0.5}}},
      {{.name = "lost", .x = x, .y = {kNan, kNan, kNan}, .error = {kNan, kInf, 1}}},
      {{.name = "lost band", .x = x, .y = {1, 2, 3}, .error = {kNan, kInf, -1}}},
      {{.name = "lost places", .x = {kNan, kInf, 1}, .y = {1, 2, 3}}},
      {{.name = "huge", .x = x, .y = {-1.7e308, 0, 1.7e308}}},
      {{.name = "tiny", .x = x, .y = {1e-310, 5e-324, 0}}},
      {{.name = "far", .x = x, .y = {1e15, 1e15 + 1, 1e15 + 2}}},
      {{.name = "smoothed", .x = x, .y = {1, kNan, 3}, .half_life = 2}},
  };
  for (const std::vector<Series>& series : cases) {
    for (const bool logarithmic : {false, true}) {
      const LinePlot plot{.title = series.empty() ? "no series" : series[0].name,
                          .x = {.logarithmic = logarithmic},
                          .y = {.logarithmic = logarithmic},
                          .series = series,
                          .rules = {{.y = kNan, .name = "nowhere"}, {.y = 2, .name = "two"}}};
      EXPECT_TRUE(is_sound(line_plot(plot).str())) << plot.title;
    }
  }
}

TEST(LinePlot, SurvivesAxesWithImpossibleEnds) {
  const std::vector<std::pair<double, double>> ends{{5, 5}, {5, 1}, {kNan, 1}, {-kInf, kInf}, {-1, 0}, {1, 1 + 1e-15}};
  for (const auto& [low, high] : ends) {
    for (const bool logarithmic : {false, true}) {
      const Axis axis{.logarithmic = logarithmic, .low = low, .high = high};
      EXPECT_TRUE(is_sound(line_plot({.x = axis, .y = axis, .series = {{.x = {1, 2}, .y = {3, 4}}}}).str()))
          << low << " to " << high;
    }
  }
}

RC_GTEST_PROP(LinePlot, IsSoundForAnyValues, (const std::vector<double>& values)) {
  std::vector<double> x(values.size());
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<double>(i);
  RC_ASSERT(is_sound(
      line_plot({.x = {.label = "x"}, .series = {{.name = "y", .x = x, .y = values, .error = values}}}).str()));
  RC_ASSERT(
      is_sound(line_plot({.y = {.logarithmic = true}, .series = {{.x = values, .y = x, .error = values}}}).str()));
}

TEST(LinePlot, ThinsLongSeriesAndKeepsTheirExtremes) {
  Series series;
  for (int i = 0; i < 200'000; ++i) {
    series.x.push_back(i);
    series.y.push_back(std::sin(i / 5000.0));
  }
  series.y[123'456] = 3;  // one spike
  const LinePlot plot{.y = {.low = -3, .high = 3}, .series = {series}};
  const std::string svg = line_plot(plot).str();
  EXPECT_LT(svg.size(), 60'000u);
  const std::vector<double> points = curve_points(svg);
  double highest = 1e9;
  for (size_t i = 1; i < points.size(); i += 2) highest = std::min(highest, points[i]);
  EXPECT_NEAR(highest, 14, 0.01);  // the upper edge, where 3 lies
}

TEST(LinePlot, SmoothsOverTheFaintCurve) {
  const std::string svg =
      line_plot({.y = {.low = 0, .high = 4}, .series = {{.x = {0, 1, 2, 3}, .y = {0, 4, 0, 4}, .half_life = 1e9}}})
          .str();
  EXPECT_EQ(count_of(svg, "<polyline"), 2);
  EXPECT_THAT(svg, HasSubstr("opacity=\"0.3\""));
  const std::vector<double> points = curve_points(svg);
  ASSERT_EQ(points.size(), 16u);
  // With an endless half-life it is the mean so far: 0, 2, 4/3, 2.
  EXPECT_NEAR(points[11], (points[1] + points[3]) / 2, 0.02);
  EXPECT_NEAR(points[15], (points[1] + points[3]) / 2, 0.02);
}

TEST(LinePlot, GrowsForALongLegend) {
  std::vector<Series> series;
  for (int i = 0; i < 12; ++i)
    series.push_back({.name = "a configuration with a name", .x = {0, 1}, .y = {0, 1.0 + i}});
  const Svg plot = line_plot({.series = series, .width = 500, .height = 300});
  EXPECT_GT(plot.size().height, 300);
  EXPECT_EQ(plot.size().width, 500);
}

TEST(LinePlot, NamesTheSeriesThatDoesNotFit) {
  try {
    line_plot({.title = "loss", .series = {{.name = "test", .x = {1, 2}, .y = {1}}}});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(),
                 "line plot \"loss\", series \"test\": 2 values of x, 1 of y and 0 of error: the counts must agree");
  }
}

}  // namespace
}  // namespace elbo::report
