#include "elbo/report/image_grid.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

uint8_t shade(double value, uint8_t background) {
  if (std::isnan(value)) return background;
  return static_cast<uint8_t>(std::lround(255 * std::clamp(value, 0.0, 1.0)));
}

// Reads pixels of a checked array, whatever its dtype.
class Reader {
 public:
  Reader(const Array& rows, const ImageShape& shape, uint8_t background)
      : rows_(rows), shape_(shape), background_(background) {
    const Shape& given = rows.shape();
    const int64_t wanted = int64_t{shape.height} * shape.width * shape.channels;
    const bool sane = shape.height > 0 && shape.width > 0 && (shape.channels == 1 || shape.channels == 3);
    if (given.rank() < 1 || given[0] < 1 || !sane || rows.elements() != given[0] * wanted) {
      throw ShapeError(fmt::format("image grid: rows {} given, at least one row of {} x {} x {} values is required",
                                   to_string(given), shape.height, shape.width, shape.channels));
    }
    if (rows.dtype() == DType::kI32) throw ShapeError("image grid: rows of i32 given, f32, f64 or u8 is required");
  }

  int count() const { return static_cast<int>(rows_.shape()[0]); }

  Image image(int row) const {
    Image out({.width = shape_.width, .height = shape_.height, .channels = shape_.channels});
    for (int y = 0; y < shape_.height; ++y) {
      for (int x = 0; x < shape_.width; ++x) {
        const auto pixel = out.at(x, y);
        for (int c = 0; c < shape_.channels; ++c) pixel[static_cast<size_t>(c)] = value(offset(row, x, y, c));
      }
    }
    return out;
  }

 private:
  size_t offset(int row, int x, int y, int channel) const {
    const auto size = [](int n) { return static_cast<size_t>(n); };
    const size_t h = size(shape_.height), w = size(shape_.width), c = size(shape_.channels);
    const size_t within = shape_.order == ChannelOrder::kLast ? (size(y) * w + size(x)) * c + size(channel)
                                                              : (size(channel) * h + size(y)) * w + size(x);
    return size(row) * h * w * c + within;
  }

  uint8_t value(size_t at) const {
    if (rows_.dtype() == DType::kU8) return rows_.values<uint8_t>()[at];
    return shade(rows_.dtype() == DType::kF32 ? rows_.values<float>()[at] : rows_.values<double>()[at], background_);
  }

  const Array& rows_;
  ImageShape shape_;
  uint8_t background_;
};

struct Layout {
  int columns = 0;
  int rows = 0;
  int cell_width = 0;
  int cell_height = 0;
  int padding = 0;

  int left(int index) const { return padding + index % columns * (cell_width + padding); }
  int top(int index) const { return padding + index / columns * (cell_height + padding); }
  ImageSize size(int channels) const {
    // In 64 bits, and cut to a side that Image refuses, so that a grid too large is an error and not an overflow.
    const auto side = [&](int cells, int cell) {
      return static_cast<int>(std::min<int64_t>(int64_t{cells} * (cell + padding) + padding, 1 << 30));
    };
    return {.width = side(columns, cell_width), .height = side(rows, cell_height), .channels = channels};
  }
};

void check(int columns, int padding, int scale) {
  if (columns < 1 || padding < 0 || scale < 1) {
    throw ShapeError(fmt::format("image grid: {} columns, padding {}, scale {}: at least 1, 0 and 1 are required",
                                 columns, padding, scale));
  }
}

}  // namespace

Image image_grid(const Array& rows, const ImageShape& shape, const GridOptions& options) {
  check(options.columns, options.padding, options.scale);
  const Reader reader(rows, shape, options.background);
  const int columns = std::min(options.columns, reader.count());
  const Layout layout{.columns = columns,
                      .rows = (reader.count() + columns - 1) / columns,
                      .cell_width = shape.width,
                      .cell_height = shape.height,
                      .padding = options.padding};
  Image out(layout.size(shape.channels), options.background);
  for (int i = 0; i < reader.count(); ++i) paste(out, reader.image(i), layout.left(i), layout.top(i));
  return enlarged(out, options.scale);
}

Image paired_grid(const Array& first, const Array& second, const ImageShape& shape, const PairedGridOptions& options) {
  check(options.columns, std::min(options.padding, options.gap), options.scale);
  const Reader left(first, shape, options.background);
  const Reader right(second, shape, options.background);
  if (left.count() != right.count()) {
    throw ShapeError(
        fmt::format("paired grid: {} images and {} images: the counts must agree", left.count(), right.count()));
  }
  const bool beside = options.pairing == Pairing::kBeside;
  const int columns = std::min(options.columns, left.count());
  const Layout layout{.columns = columns,
                      .rows = (left.count() + columns - 1) / columns,
                      .cell_width = beside ? 2 * shape.width + options.gap : shape.width,
                      .cell_height = beside ? shape.height : 2 * shape.height + options.gap,
                      .padding = options.padding};
  Image out(layout.size(shape.channels), options.background);
  for (int i = 0; i < left.count(); ++i) {
    const int x = layout.left(i), y = layout.top(i);
    paste(out, left.image(i), x, y);
    paste(out, right.image(i), x + (beside ? shape.width + options.gap : 0),
          y + (beside ? 0 : shape.height + options.gap));
  }
  return enlarged(out, options.scale);
}

}  // namespace elbo::report
