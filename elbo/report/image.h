// Image: 8-bit grey or RGB pixels in memory, and the few things done to whole pictures.
//
//   Image picture({.width = 28, .height = 28, .channels = 1});
//   picture.at(3, 5)[0] = 255;                                  // column 3, row 5
//   write_png("digit.png", enlarged(picture, 4));
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace elbo::report {

struct ImageSize {
  int width = 0;
  int height = 0;
  int channels = 1;  // 1 grey, 3 RGB
};

class Image {
 public:
  Image() = default;
  // Throws ShapeError for sides below 1 or above 65,500, or channels other than 1 and 3.
  explicit Image(const ImageSize& size, uint8_t fill = 0);

  int width() const { return size_.width; }
  int height() const { return size_.height; }
  int channels() const { return size_.channels; }
  // Rows from the top, channels innermost: [height, width, channels].
  const std::vector<uint8_t>& pixels() const { return pixels_; }
  std::vector<uint8_t>& pixels() { return pixels_; }

  std::span<uint8_t> at(int x, int y) { return {pixels_.data() + offset(x, y), static_cast<size_t>(channels())}; }
  std::span<const uint8_t> at(int x, int y) const {
    return {pixels_.data() + offset(x, y), static_cast<size_t>(channels())};
  }

 private:
  size_t offset(int x, int y) const {
    return (static_cast<size_t>(y) * static_cast<size_t>(width()) + static_cast<size_t>(x)) *
           static_cast<size_t>(channels());
  }

  ImageSize size_;
  std::vector<uint8_t> pixels_;
};

// Each pixel as a square of `factor` pixels.
Image enlarged(const Image& image, int factor);

// Puts `image` with its upper left corner at (x, y); a grey one may go into RGB.  It must lie within the canvas.
void paste(Image& canvas, const Image& image, int x, int y);

struct SideBySideOptions {
  int padding = 8;           // pixels between and around
  uint8_t background = 255;  // grey value
};
// The images in one row, top-aligned; RGB if any of them is.
Image side_by_side(const std::vector<Image>& images, const SideBySideOptions& options = {});

}  // namespace elbo::report
