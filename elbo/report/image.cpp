#include "elbo/report/image.h"

#include <algorithm>
#include <fmt/format.h>

#include "elbo/settings/error.h"

namespace elbo::report {

Image::Image(const ImageSize& size, uint8_t fill) : size_(size) {
  constexpr int kLargestSide = 65'500;
  const auto fits = [](int side) { return side >= 1 && side <= kLargestSide; };
  if (!fits(size.width) || !fits(size.height) || (size.channels != 1 && size.channels != 3)) {
    throw ShapeError(fmt::format("image: {} x {} pixels with {} channels: sides must be 1 to {} and channels 1 or 3",
                                 size.width, size.height, size.channels, kLargestSide));
  }
  pixels_.assign(
      static_cast<size_t>(size.width) * static_cast<size_t>(size.height) * static_cast<size_t>(size.channels), fill);
}

Image enlarged(const Image& image, int factor) {
  if (factor < 1) throw ShapeError(fmt::format("enlarged: factor {} must be at least 1", factor));
  if (factor == 1) return image;
  // In 64 bits: a product that left the range of int must reach the check of the constructor as too large.
  const auto side = [&](int pixels) { return static_cast<int>(std::min<int64_t>(int64_t{pixels} * factor, 1 << 30)); };
  Image out({.width = side(image.width()), .height = side(image.height()), .channels = image.channels()});
  for (int y = 0; y < out.height(); ++y) {
    for (int x = 0; x < out.width(); ++x) std::ranges::copy(image.at(x / factor, y / factor), out.at(x, y).begin());
  }
  return out;
}

void paste(Image& canvas, const Image& image, int x, int y) {
  const bool inside = x >= 0 && y >= 0 && x <= canvas.width() - image.width() && y <= canvas.height() - image.height();
  if (!inside || image.channels() > canvas.channels()) {
    throw ShapeError(fmt::format(
        "paste: {} x {} pixels with {} channels at ({}, {}) do not fit a canvas of {} x {} with {}", image.width(),
        image.height(), image.channels(), x, y, canvas.width(), canvas.height(), canvas.channels()));
  }
  for (int row = 0; row < image.height(); ++row) {
    for (int column = 0; column < image.width(); ++column) {
      const auto src = image.at(column, row);
      const auto dst = canvas.at(x + column, y + row);
      for (size_t c = 0; c < dst.size(); ++c) dst[c] = src[src.size() == 1 ? 0 : c];
    }
  }
}

Image side_by_side(const std::vector<Image>& images, const SideBySideOptions& options) {
  if (images.empty()) throw ShapeError("side_by_side: no images: at least one is required");
  const int pad = std::max(options.padding, 0);
  ImageSize size{.width = pad, .height = 0, .channels = 1};
  for (const Image& image : images) {
    size.width += image.width() + pad;
    size.height = std::max(size.height, image.height() + 2 * pad);
    size.channels = std::max(size.channels, image.channels());
  }
  Image out(size, options.background);
  int x = pad;
  for (const Image& image : images) {
    paste(out, image, x, pad);
    x += image.width() + pad;
  }
  return out;
}

}  // namespace elbo::report
