// Line plots as SVG: curves against steps or epochs, with bands of one standard error and lines at known figures.
//
//   const Svg svg = line_plot({.title = "Negative ELBO on the test set",
//                              .x = {.label = "epoch", .integers = true},
//                              .y = {.label = "−ELBO", .unit = "nats"},
//                              .series = {{.name = "planar, 8 layers", .x = epochs, .y = loss, .error = loss_error}},
//                              .rules = {{.y = 109.23, .name = "printed"}}});
//   io::write_atomic("loss.svg", svg.str());
//
// Values that have no place (NaN, infinite, not positive on a logarithmic axis) leave a gap in their curve.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "elbo/report/svg.h"
#include "elbo/report/ticks.h"

namespace elbo::report {

struct Axis {
  std::string label;
  std::string unit;  // shown behind the label in parentheses
  bool logarithmic = false;
  bool integers = false;  // ticks at whole numbers only
  // Ends of the axis; from the data where not given.  What lies outside is cut off.
  std::optional<double> low = std::nullopt;
  std::optional<double> high = std::nullopt;
};

struct Series {
  std::string name;  // no entry in the legend when empty
  std::vector<double> x;
  std::vector<double> y;                    // as many as x
  std::vector<double> error = {};           // half the height of the band around y; none when empty, else as many as x
  bool markers = false;                     // a dot at each point
  double half_life = 0;                     // points; draws a moving average over the faint curve of a noisy series
  bool dashed = false;                      // for a second curve of the same color: training beside test
  std::optional<int> color = std::nullopt;  // index for series_color; the series' own number where not given
};

// A thin dashed line across the plot at a known value, named at its right end.
struct Rule {
  double y = 0;
  std::string name;
};

struct LinePlot {
  std::string title;
  Axis x;
  Axis y;
  std::vector<Series> series;
  std::vector<Rule> rules = {};
  int width = 640;   // of the whole drawing, CSS pixels
  int height = 400;  // grows when the legend takes more than one row
};

// Throws ShapeError, which names the series, when the lengths of x, y and error differ.
Svg line_plot(const LinePlot& plot);

}  // namespace elbo::report
