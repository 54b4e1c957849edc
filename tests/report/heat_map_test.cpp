#include "elbo/report/heat_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <numeric>

#include "elbo/report/panels.h"
#include "elbo/settings/error.h"
#include "tests/report/markup_check.h"

namespace elbo::report {
namespace {

using testing::HasSubstr;

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

Rgb color_at(const Image& image, int x, int y) {
  const auto pixel = image.at(x, y);
  return {pixel[0], pixel[1], pixel[2]};
}

TEST(HeatMap, HasItsFirstRowAtTheBottom) {
  const Image image = heat_map(Array::of<float>({2, 3}, {0, 1, 2, 3, 4, 5}), {.scale = 2});
  ASSERT_EQ(image.width(), 6);
  ASSERT_EQ(image.height(), 4);
  EXPECT_EQ(color_at(image, 0, 3), map_color(ColorMap::kSequential, 0));
  EXPECT_EQ(color_at(image, 5, 0), map_color(ColorMap::kSequential, 1));
  EXPECT_EQ(color_at(image, 2, 3), map_color(ColorMap::kSequential, 0.2));
}

TEST(HeatMap, ShowsWhatIsNotFinite) {
  const Image image = heat_map(Array::of<double>({1, 5}, {-kInfinity, 1, 3, kInfinity, kNaN}));
  EXPECT_EQ(color_at(image, 0, 0), map_color(ColorMap::kSequential, 0));
  EXPECT_EQ(color_at(image, 1, 0), map_color(ColorMap::kSequential, 0));
  EXPECT_EQ(color_at(image, 2, 0), map_color(ColorMap::kSequential, 1));
  EXPECT_EQ(color_at(image, 3, 0), map_color(ColorMap::kSequential, 1));
  EXPECT_EQ(color_at(image, 4, 0), (Rgb{0xD0, 0xD0, 0xD0}));
}

TEST(HeatMap, ADivergingMapIsCenteredOnZero) {
  const Array values = Array::of<float>({1, 3}, {-1, 0, 4});
  const Range range = heat_map_range(values, {.map = ColorMap::kDiverging});
  EXPECT_EQ(range.low, -4);
  EXPECT_EQ(range.high, 4);
  EXPECT_EQ(color_at(heat_map(values, {.map = ColorMap::kDiverging}), 1, 0), map_color(ColorMap::kDiverging, 0.5));
}

TEST(HeatMap, ContoursAreWhereValuesCrossALevel) {
  // A slope that rises from left to right, 0 to 9 at the middles of ten cells of four pixels.
  Array slope(DType::kF32, {10, 10});
  for (size_t i = 0; i < 100; ++i) slope.values<float>()[i] = static_cast<float>(i % 10);
  Image image({.width = 40, .height = 40, .channels = 3});
  const std::vector<double> levels{4.0};
  draw_contours(image, slope, levels);
  // The value 4 is at the middle of the fifth cell, between pixels 17 and 18.
  for (int x = 0; x < 39; ++x) EXPECT_EQ(image.at(x, 20)[0], x == 17 ? 255 : 0) << x;
  // Lines of a field that rises upwards lie across; row 0 of the field is the lowest.
  Array up(DType::kF32, {10, 10});
  for (size_t i = 0; i < 100; ++i) up.values<float>()[i] = static_cast<float>(i / 10);
  Image other({.width = 40, .height = 40, .channels = 3});
  const std::vector<double> high{8.0};
  draw_contours(other, up, high);
  for (int y = 0; y < 39; ++y) EXPECT_EQ(other.at(20, y)[0], y == 5 ? 255 : 0) << y;
}

TEST(HeatMap, RefusesWhatIsNoField) {
  EXPECT_THROW(heat_map(Array(DType::kF32, {4})), ShapeError);
  EXPECT_THROW(heat_map(Array(DType::kF32, {0, 4})), ShapeError);
  EXPECT_THROW(heat_map(Array(DType::kU8, {2, 2})), ShapeError);
  EXPECT_THROW(heat_map(Array(DType::kF32, {2, 2}), {.range = Range{.low = 1, .high = 1}}), ShapeError);
}

TEST(Scatter, DrawsDotsWhereTheyAreAndNowhereElse) {
  const Array points = Array::of<float>({5, 2}, {0, 0, 3, 3, kNaN, 0, 0, kInfinity, 99, 0});
  const Range side{.low = -4, .high = 4};
  const Image image = scatter(points, {.x = side, .y = side, .width = 80, .height = 80, .opacity = 1});
  EXPECT_EQ(color_at(image, 39, 39), series_color(0));
  EXPECT_EQ(color_at(image, 70, 10), series_color(0));  // (3, 3) is up on the right
  int colored = 0;
  for (int y = 0; y < 80; ++y) {
    for (int x = 0; x < 80; ++x) colored += color_at(image, x, y) != Rgb{255, 255, 255} ? 1 : 0;
  }
  EXPECT_GT(colored, 10);
  EXPECT_LT(colored, 60);
  EXPECT_THROW(scatter(Array(DType::kF32, {4, 3})), ShapeError);
}

TEST(Scatter, DotsAtTheEdgeStayInside) {
  const Array corners = Array::of<double>({4, 2}, {-4, -4, 4, 4, -4, 4, 4, -4});
  const Image image = scatter(corners, {.width = 20, .height = 20, .radius = 5, .opacity = 1});
  for (const int x : {0, 19}) {
    for (const int y : {0, 19}) EXPECT_EQ(color_at(image, x, y), series_color(0));
  }
}

TEST(Histogram, IsADensity) {
  const Array points = Array::of<float>({4, 2}, {-4, -4, 4, 4, 0.5f, 0.5f, 0.6f, 0.7f});
  const Array density = histogram(points, {.columns = 8, .rows = 4});
  const auto cells = density.values<float>();
  EXPECT_EQ(density.shape(), (Shape{4, 8}));
  EXPECT_NEAR(std::accumulate(cells.begin(), cells.end(), 0.0) * 1 * 2, 1, 1e-6);  // cells of 1 x 2
  EXPECT_FLOAT_EQ(cells[0], 0.125f);
  EXPECT_FLOAT_EQ(cells[31], 0.125f);
  EXPECT_FLOAT_EQ(cells[2 * 8 + 4], 0.25f);
  const Array none = histogram(Array(DType::kF32, {0, 2}), {.columns = 2, .rows = 2});
  EXPECT_EQ(none.values<float>()[0], 0);
  // A point outside lowers the mass inside.
  const Array outside = histogram(Array::of<float>({2, 2}, {0, 0, 9, 9}), {.columns = 1, .rows = 1});
  EXPECT_FLOAT_EQ(outside.values<float>()[0], 0.5f / 64);
}

TEST(Panels, StandInRowsWithCaptionsAxesAndBars) {
  const Range side{.low = -4, .high = 4};
  const Panel plain{.caption = "digits & more", .image = Image({.width = 10, .height = 20})};
  const Panel field{.caption = "log density",
                    .image = Image({.width = 4, .height = 4, .channels = 3}),
                    .x = side,
                    .y = side,
                    .bar = ColorBar{.range = {.low = -8, .high = 0}, .label = "nats"}};
  const Svg row = panels({plain, field, field}, {.title = "Two moons", .columns = 3, .panel_size = 100});
  const Svg column = panels({plain, field, field}, {.columns = 1, .panel_size = 100});
  EXPECT_TRUE(is_balanced(row.str()));
  EXPECT_EQ(count_of(row.str(), "<image "), 5);  // three pictures, two bars
  EXPECT_THAT(row.str(), HasSubstr("digits &amp; more"));
  EXPECT_THAT(row.str(), HasSubstr(">nats<"));
  EXPECT_GT(row.size().width, 3 * 100);
  EXPECT_GT(row.size().height, 200);  // the first picture is twice as high as wide
  EXPECT_GT(column.size().height, 400);
  EXPECT_LT(column.size().width, 250);
  EXPECT_THROW(panels({}), ShapeError);
}

}  // namespace
}  // namespace elbo::report
