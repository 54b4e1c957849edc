// Heat maps: a function of the plane, or a crowd of points in it, as a picture.
//
//   const Range side{.low = -4, .high = 4};
//   const Image density = heat_map(log_density, {.scale = 3, .range = Range{.low = -8, .high = 0}});
//   const Image samples = scatter(points, {.x = side, .y = side, .width = 300, .height = 300});
//
// In arrays [rows, columns], row 0 is the lowest y: pictures have y upwards, as plots do.
#pragma once

#include <optional>
#include <span>

#include "elbo/engine/array.h"
#include "elbo/report/color.h"
#include "elbo/report/image.h"
#include "elbo/report/ticks.h"

namespace elbo::report {

struct HeatMapOptions {
  ColorMap map = ColorMap::kSequential;
  int scale = 1;                              // each value becomes a square of this side
  std::optional<Range> range = std::nullopt;  // values at the ends of the color map; the finite ones' where not given
};

// values [rows, columns], f32 or f64.  Infinite values take the color of their end; NaN is light grey.
// A diverging map without a range is centered on zero.
Image heat_map(const Array& values, const HeatMapOptions& options = {});

// The range heat_map uses for these values: what a color bar beside it shows.
Range heat_map_range(const Array& values, const HeatMapOptions& options = {});

// White lines where values [rows, columns] cross a level, on a heat map of as many cells; between the middles of cells
// values are linear along both sides.
void draw_contours(Image& image, const Array& values, std::span<const double> levels);

struct ScatterOptions {
  Range x{.low = -4, .high = 4};
  Range y{.low = -4, .high = 4};
  int width = 256;
  int height = 256;
  double radius = 1.3;  // of a dot, pixels
  Rgb color{.r = 0x00, .g = 0x72, .b = 0xB2};
  double opacity = 0.45;  // of one dot; dots that lie on each other add up
};

// points [count, 2], f32 or f64, as dots on white.  Points outside, or not finite, are left out.
Image scatter(const Array& points, const ScatterOptions& options = {});

struct HistogramOptions {
  Range x{.low = -4, .high = 4};
  Range y{.low = -4, .high = 4};
  int columns = 128;
  int rows = 128;
};

// points [count, 2] as an empirical density [rows, columns] (f32), ready for heat_map: counts over (all points times
// the area of a cell), so that it compares with a density on the same grid.
Array histogram(const Array& points, const HistogramOptions& options = {});

}  // namespace elbo::report
