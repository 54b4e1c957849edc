// Panels: pictures of the plane side by side in one drawing, each with a caption, axes and, if wanted, a color bar.
//
//   const Range side{.low = -4, .high = 4};
//   const Svg svg = panels({{.caption = "data", .image = scatter(data), .x = side, .y = side},
//                           {.caption = "log density", .image = heat_map(field), .x = side, .y = side,
//                            .bar = ColorBar{.range = heat_map_range(field)}}},
//                          {.title = "Two moons, 8 planar layers"});
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/report/color.h"
#include "elbo/report/image.h"
#include "elbo/report/svg.h"
#include "elbo/report/ticks.h"

namespace elbo::report {

struct ColorBar {
  ColorMap map = ColorMap::kSequential;
  Range range;
  std::string label = {};
};

struct Panel {
  std::string caption;
  Image image;
  // What the picture's sides stand for; a picture without them has no axes (image grids).
  std::optional<Range> x = std::nullopt;
  std::optional<Range> y = std::nullopt;
  std::optional<ColorBar> bar = std::nullopt;
};

struct PanelsOptions {
  std::string title = {};
  int columns = 4;          // panels in a row
  double panel_size = 200;  // width of each picture in CSS pixels; the height keeps the picture's proportions
};

Svg panels(const std::vector<Panel>& panels, const PanelsOptions& options = {});

}  // namespace elbo::report
