#include "elbo/report/heat_map.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

constexpr Rgb kNaNColor{.r = 0xD0, .g = 0xD0, .b = 0xD0};

std::vector<double> doubles(const Array& array, std::string_view who) {
  if (array.dtype() == DType::kF32) {
    const auto values = array.values<float>();
    return {values.begin(), values.end()};
  }
  if (array.dtype() == DType::kF64) {
    const auto values = array.values<double>();
    return {values.begin(), values.end()};
  }
  throw ShapeError(fmt::format("{}: values of {} given, f32 or f64 is required", who, name_of(array.dtype())));
}

std::vector<double> field(const Array& values) {
  const Shape& shape = values.shape();
  if (shape.rank() != 2 || shape.elements() == 0) {
    throw ShapeError(fmt::format("heat map: values {} given, [rows, columns] is required", to_string(shape)));
  }
  return doubles(values, "heat map");
}

std::vector<double> plane_points(const Array& points, std::string_view who) {
  if (points.shape().rank() != 2 || points.shape()[1] != 2) {
    throw ShapeError(fmt::format("{}: points {} given, [count, 2] is required", who, to_string(points.shape())));
  }
  return doubles(points, who);
}

void check(const Range& range, std::string_view who) {
  if (range.low < range.high && std::isfinite(range.high - range.low)) return;
  throw ShapeError(fmt::format("{}: range {} to {}: low must be below high", who, range.low, range.high));
}

Range color_range(const std::vector<double>& values, const HeatMapOptions& options) {
  if (options.range) {
    check(*options.range, "heat map");
    return *options.range;
  }
  const Range range = range_of(values);
  if (options.map != ColorMap::kDiverging) return range;
  const double reach = std::max(std::abs(range.low), std::abs(range.high));
  return {.low = -reach, .high = reach};
}

double share(double value, const Range& range) {
  return (value - range.low) / (range.high - range.low);
}

void blend(std::span<uint8_t> pixel, Rgb color, double amount) {
  const uint8_t target[] = {color.r, color.g, color.b};
  for (size_t c = 0; c < 3; ++c) {
    pixel[c] = static_cast<uint8_t>(std::lround(pixel[c] + amount * (target[c] - pixel[c])));
  }
}

// Values between the middles of cells, linear along both sides; outside of the outermost, theirs.
class Interpolated {
 public:
  Interpolated(const Array& array, const Image& image)
      : values_(field(array)), columns_(array.shape()[1]), rows_(array.shape()[0]), image_(image) {}

  // At the middle of a pixel.
  double at(int x, int y) const {
    const Place column = place((x + 0.5) / image_.width(), columns_);
    const Place row = place(1 - (y + 0.5) / image_.height(), rows_);
    const auto value = [&](int64_t r, int64_t c) { return values_[static_cast<size_t>(r * columns_ + c)]; };
    const double below = mixed(value(row.first, column.first), value(row.first, column.second), column.share);
    const double above = mixed(value(row.second, column.first), value(row.second, column.second), column.share);
    return mixed(below, above, row.share);
  }

 private:
  struct Place {
    int64_t first, second;
    double share;  // of the second
  };
  static Place place(double of_side, int64_t cells) {
    const double at = std::clamp(of_side * static_cast<double>(cells) - 0.5, 0.0, static_cast<double>(cells - 1));
    const auto first = static_cast<int64_t>(at);
    return {.first = first, .second = std::min(first + 1, cells - 1), .share = at - static_cast<double>(first)};
  }
  // Also of -∞, where it has no part.
  static double mixed(double a, double b, double share) { return share == 0 ? a : a + share * (b - a); }

  std::vector<double> values_;
  int64_t columns_, rows_;
  const Image& image_;
};

void draw_dot(Image& image, double x, double y, const ScatterOptions& options) {
  const double reach = options.radius + 1;
  const int first_x = std::max(0, static_cast<int>(x - reach));
  const int last_x = std::min(image.width() - 1, static_cast<int>(x + reach));
  const int first_y = std::max(0, static_cast<int>(y - reach));
  const int last_y = std::min(image.height() - 1, static_cast<int>(y + reach));
  for (int py = first_y; py <= last_y; ++py) {
    for (int px = first_x; px <= last_x; ++px) {
      // A pixel is covered in full a half pixel inside the rim and not at all a half pixel outside.
      const double cover = std::clamp(options.radius + 0.5 - std::hypot(px + 0.5 - x, py + 0.5 - y), 0.0, 1.0);
      if (cover > 0) blend(image.at(px, py), options.color, cover * options.opacity);
    }
  }
}

}  // namespace

void draw_contours(Image& image, const Array& values, std::span<const double> levels) {
  constexpr Rgb kLine{.r = 0xFF, .g = 0xFF, .b = 0xFF};
  const Interpolated at(values, image);
  const auto crosses = [&](double a, double b) {
    return std::any_of(levels.begin(), levels.end(), [&](double level) { return (a < level) != (b < level); });
  };
  for (int y = 0; y + 1 < image.height(); ++y) {
    for (int x = 0; x + 1 < image.width(); ++x) {
      const double here = at.at(x, y);
      if (crosses(here, at.at(x + 1, y)) || crosses(here, at.at(x, y + 1))) blend(image.at(x, y), kLine, 1);
    }
  }
}

Range heat_map_range(const Array& values, const HeatMapOptions& options) {
  return color_range(field(values), options);
}

Image heat_map(const Array& values, const HeatMapOptions& options) {
  const std::vector<double> cells = field(values);
  const Range range = color_range(cells, options);
  const auto rows = static_cast<int>(values.shape()[0]), columns = static_cast<int>(values.shape()[1]);
  Image out({.width = columns, .height = rows, .channels = 3});
  for (int y = 0; y < rows; ++y) {
    for (int x = 0; x < columns; ++x) {
      const double value = cells[static_cast<size_t>(y) * static_cast<size_t>(columns) + static_cast<size_t>(x)];
      const Rgb color = std::isnan(value) ? kNaNColor : map_color(options.map, share(value, range));
      const auto pixel = out.at(x, rows - 1 - y);
      pixel[0] = color.r;
      pixel[1] = color.g;
      pixel[2] = color.b;
    }
  }
  return enlarged(out, options.scale);
}

Image scatter(const Array& points, const ScatterOptions& options) {
  check(options.x, "scatter");
  check(options.y, "scatter");
  const std::vector<double> values = plane_points(points, "scatter");
  Image out({.width = options.width, .height = options.height, .channels = 3}, 255);
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    const double across = share(values[i], options.x), up = share(values[i + 1], options.y);
    const bool inside = across >= 0 && across <= 1 && up >= 0 && up <= 1;
    if (inside) draw_dot(out, across * options.width, (1 - up) * options.height, options);
  }
  return out;
}

Array histogram(const Array& points, const HistogramOptions& options) {
  check(options.x, "histogram");
  check(options.y, "histogram");
  if (options.columns < 1 || options.rows < 1) {
    throw ShapeError(
        fmt::format("histogram: {} x {} cells: at least one each way is required", options.columns, options.rows));
  }
  const std::vector<double> values = plane_points(points, "histogram");
  Array out(DType::kF32, {options.rows, options.columns});
  const auto cells = out.values<float>();
  const double area =
      (options.x.high - options.x.low) / options.columns * (options.y.high - options.y.low) / options.rows;
  const double each = values.empty() ? 0 : 1 / (static_cast<double>(values.size() / 2) * area);
  std::vector<double> counts(cells.size());
  for (size_t i = 0; i + 1 < values.size(); i += 2) {
    const double across = share(values[i], options.x), up = share(values[i + 1], options.y);
    if (!(across >= 0 && across <= 1 && up >= 0 && up <= 1)) continue;
    // The upper ends belong to the last cells.
    const auto column = static_cast<size_t>(std::min<double>(across * options.columns, options.columns - 1));
    const auto row = static_cast<size_t>(std::min<double>(up * options.rows, options.rows - 1));
    counts[row * static_cast<size_t>(options.columns) + column] += 1;
  }
  for (size_t i = 0; i < cells.size(); ++i) cells[i] = static_cast<float>(counts[i] * each);
  return out;
}

}  // namespace elbo::report
