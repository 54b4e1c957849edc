#include "elbo/report/image_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>

#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

// `count` images of 3 x 2 pixels (wide x high); all pixels of image i have the value i + 1.
Array numbered(int count) {
  Array rows(DType::kU8, {count, 6});
  for (int i = 0; i < count * 6; ++i) rows.values<uint8_t>()[static_cast<size_t>(i)] = static_cast<uint8_t>(i / 6 + 1);
  return rows;
}

constexpr ImageShape kSmall{.height = 2, .width = 3};

TEST(ImageGrid, OneImageHasOnlyItsPadding) {
  const Image grid = image_grid(numbered(1), kSmall);
  EXPECT_EQ(grid.width(), 3 + 2 * 2);
  EXPECT_EQ(grid.height(), 2 + 2 * 2);
  EXPECT_EQ(grid.at(0, 0)[0], 128);
  EXPECT_EQ(grid.at(2, 2)[0], 1);
  EXPECT_EQ(grid.at(4, 3)[0], 1);
  EXPECT_EQ(grid.at(5, 3)[0], 128);
}

TEST(ImageGrid, AnUnfinishedRowIsFilledWithBackground) {
  const Image grid = image_grid(numbered(3), kSmall, {.columns = 2, .padding = 1, .background = 99});
  ASSERT_EQ(grid.width(), 2 * 3 + 3);
  ASSERT_EQ(grid.height(), 2 * 2 + 3);
  EXPECT_EQ(grid.at(1, 1)[0], 1);
  EXPECT_EQ(grid.at(5, 1)[0], 2);
  EXPECT_EQ(grid.at(1, 4)[0], 3);
  for (int x = 4; x < 9; ++x) EXPECT_EQ(grid.at(x, 4)[0], 99);
}

TEST(ImageGrid, AHundredImagesAreEachWhereTheyBelong) {
  const Image grid = image_grid(numbered(100), kSmall, {.columns = 7, .padding = 2, .scale = 3});
  ASSERT_EQ(grid.width(), 3 * (7 * 5 + 2));
  ASSERT_EQ(grid.height(), 3 * (15 * 4 + 2));
  for (int i = 0; i < 100; ++i) {
    const int x = 3 * (2 + i % 7 * 5), y = 3 * (2 + i / 7 * 4);
    EXPECT_EQ(grid.at(x, y)[0], i + 1);
    EXPECT_EQ(grid.at(x + 8, y + 5)[0], i + 1);
    EXPECT_EQ(grid.at(x + 9, y)[0], 128);
  }
}

TEST(ImageGrid, ClampsValuesAndShowsNaNAsBackground) {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  const Array rows = Array::of<float>({1, 6}, {-3, 0.5f, 7, nan, inf, -inf});
  const Image grid = image_grid(rows, kSmall, {.padding = 0});
  EXPECT_THAT(grid.pixels(), testing::ElementsAre(0, 128, 255, 128, 255, 0));
}

TEST(ImageGrid, ReadsColorInBothOrders) {
  const Array last = Array::of<double>({1, 6}, {1, 0, 0, 0, 1, 0});  // a red and a green pixel
  const Array first = Array::of<double>({1, 6}, {1, 0, 0, 1, 0, 0});
  const ImageShape shape{.height = 1, .width = 2, .channels = 3};
  ImageShape planes = shape;
  planes.order = ChannelOrder::kFirst;
  const Image grid = image_grid(last, shape, {.padding = 0});
  EXPECT_THAT(grid.pixels(), testing::ElementsAre(255, 0, 0, 0, 255, 0));
  EXPECT_EQ(image_grid(first, planes, {.padding = 0}).pixels(), grid.pixels());
}

TEST(PairedGrid, SetsEachInputLeftOfItsReconstruction) {
  Array second = numbered(3);
  for (uint8_t& value : second.values<uint8_t>()) value = static_cast<uint8_t>(value + 100);
  const Image grid = paired_grid(numbered(3), second, kSmall, {.columns = 2, .padding = 4, .gap = 1});
  ASSERT_EQ(grid.width(), 4 + 2 * (7 + 4));
  ASSERT_EQ(grid.height(), 4 + 2 * (2 + 4));
  EXPECT_EQ(grid.at(4, 4)[0], 1);
  EXPECT_EQ(grid.at(7, 4)[0], 128);  // the gap
  EXPECT_EQ(grid.at(8, 4)[0], 101);
  EXPECT_EQ(grid.at(15, 4)[0], 2);
  EXPECT_EQ(grid.at(19, 4)[0], 102);
  EXPECT_EQ(grid.at(8, 10)[0], 103);
}

TEST(PairedGrid, SetsEachInputAboveItsReconstruction) {
  const Image grid =
      paired_grid(numbered(1), numbered(1), kSmall, {.padding = 0, .gap = 1, .pairing = Pairing::kAbove});
  EXPECT_EQ(grid.width(), 3);
  EXPECT_EQ(grid.height(), 5);
  EXPECT_EQ(grid.at(0, 2)[0], 128);
  EXPECT_EQ(grid.at(0, 3)[0], 1);
}

TEST(ImageGrid, NamesWhatDoesNotFit) {
  try {
    image_grid(numbered(2), {.height = 28, .width = 28});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_STREQ(error.what(), "image grid: rows [2, 6] given, at least one row of 28 x 28 x 1 values is required");
  }
  EXPECT_THROW(image_grid(numbered(0), kSmall), ShapeError);
  EXPECT_THROW(image_grid(Array(DType::kI32, {1, 6}), kSmall), ShapeError);
  EXPECT_THROW(image_grid(numbered(1), kSmall, {.columns = 0}), ShapeError);
  EXPECT_THROW(image_grid(numbered(1), kSmall, {.padding = -1}), ShapeError);
  EXPECT_THROW(image_grid(numbered(1), kSmall, {.padding = 2'000'000'000}), ShapeError);
  EXPECT_THROW(paired_grid(numbered(2), numbered(3), kSmall), ShapeError);
}

}  // namespace
}  // namespace elbo::report
