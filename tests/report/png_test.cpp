#include "elbo/report/png.h"

#include <gtest/gtest.h>
#include <png.h>
#include <rapidcheck/gtest.h>

#include "elbo/settings/error.h"
#include "tests/support/folder.h"

namespace elbo::report {
namespace {

// Reads a PNG back with libpng's simplified interface, which elbo does not use.
Image decoded(const void* bytes, size_t size, int channels) {
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_memory(&png, bytes, size) == 0) throw std::runtime_error(png.message);
  const bool is_rgb = (png.format & PNG_FORMAT_FLAG_COLOR) != 0;
  if (is_rgb != (channels == 3)) throw std::runtime_error("the file has other channels than asked for");
  png.format = channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  Image out({.width = static_cast<int>(png.width), .height = static_cast<int>(png.height), .channels = channels});
  if (png_image_finish_read(&png, nullptr, out.pixels().data(), 0, nullptr) == 0) throw std::runtime_error(png.message);
  return out;
}

RC_GTEST_PROP(Png, ReadsBackAsTheSamePixels, ()) {
  const int channels = *rc::gen::element(1, 3);
  Image image({.width = *rc::gen::inRange(1, 40), .height = *rc::gen::inRange(1, 40), .channels = channels});
  const uint32_t mixer = *rc::gen::arbitrary<uint32_t>() | 1u;
  for (size_t i = 0; i < image.pixels().size(); ++i) {
    image.pixels()[i] = static_cast<uint8_t>((static_cast<uint32_t>(i) * mixer * 2654435761u) >> 24);
  }
  const std::vector<std::byte> bytes = encode_png(image);
  const Image back = decoded(bytes.data(), bytes.size(), channels);
  RC_ASSERT(back.width() == image.width());
  RC_ASSERT(back.height() == image.height());
  RC_ASSERT(back.pixels() == image.pixels());
}

TEST(Png, LargePicturesGrowTheBuffer) {
  Image image({.width = 600, .height = 500, .channels = 3});
  uint32_t state = 1;
  for (uint8_t& value : image.pixels()) value = static_cast<uint8_t>((state = state * 1664525u + 1013904223u) >> 24);
  const std::vector<std::byte> bytes = encode_png(image);
  EXPECT_GT(bytes.size(), image.pixels().size());  // noise does not compress
  EXPECT_EQ(decoded(bytes.data(), bytes.size(), 3).pixels(), image.pixels());
}

TEST(Png, IsWrittenAsAFile) {
  const testing_support::TestFolder folder;
  Image image({.width = 3, .height = 2}, 200);
  image.at(2, 1)[0] = 7;
  write_png(folder / "x.png", image);
  const std::string bytes = testing_support::content_of(folder / "x.png");
  EXPECT_EQ(decoded(bytes.data(), bytes.size(), 1).pixels(), image.pixels());
  EXPECT_THROW(write_png("/nonexistent-folder/x.png", image), IoError);
}

TEST(Png, RefusesAnImageWithoutPixels) {
  EXPECT_THROW(encode_png(Image()), ShapeError);
}

TEST(Image, RefusesImpossibleSizes) {
  EXPECT_THROW(Image({.width = 0, .height = 1}), ShapeError);
  EXPECT_THROW(Image({.width = 1, .height = 70'000}), ShapeError);
  EXPECT_THROW(Image({.width = 1, .height = 1, .channels = 2}), ShapeError);
  EXPECT_THROW(enlarged(Image({.width = 60'000, .height = 1}), 100'000), ShapeError);
}

TEST(Image, EnlargesPixelsToSquares) {
  Image image({.width = 2, .height = 1});
  image.at(1, 0)[0] = 9;
  EXPECT_EQ(enlarged(image, 2).pixels(), (std::vector<uint8_t>{0, 0, 9, 9, 0, 0, 9, 9}));
}

TEST(Image, StandsSideBySideInColorIfAnyIs) {
  Image grey({.width = 2, .height = 1}, 50), rgb({.width = 1, .height = 3, .channels = 3}, 60);
  const Image both = side_by_side({grey, rgb}, {.padding = 1});
  EXPECT_EQ(both.width(), 6);
  EXPECT_EQ(both.height(), 5);
  EXPECT_EQ(both.channels(), 3);
  EXPECT_EQ(both.at(1, 1)[2], 50);
  EXPECT_EQ(both.at(1, 2)[2], 255);
  EXPECT_EQ(both.at(4, 3)[0], 60);
  EXPECT_THROW(side_by_side({}), ShapeError);
  EXPECT_THROW(paste(grey, rgb, 0, 0), ShapeError);
}

}  // namespace
}  // namespace elbo::report
