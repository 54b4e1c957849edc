// The frame that plots share: a box of the drawing with an axis below and one on the left.
#pragma once

#include <optional>
#include <string>

#include "elbo/report/svg.h"
#include "elbo/report/ticks.h"

namespace elbo::report {

inline constexpr double kTickTextSize = 12;
inline constexpr double kLabelTextSize = 13;
inline constexpr double kTitleTextSize = 15;
inline const std::string kInk = "#222222";
inline const std::string kSoftInk = "#555555";
inline const std::string kGridInk = "#e4e4e4";

// One direction of a plot: values on a range become positions between two pixels.
class Scale {
 public:
  Scale(const Range& range, bool logarithmic) : range_(range), logarithmic_(logarithmic) {}

  void place(double at_low, double at_high) {
    at_low_ = at_low;
    at_high_ = at_high;
  }
  // Nothing where the value has no place on this axis.  Far outside the box it stays within what SVG readers can take.
  std::optional<double> operator()(double value) const;
  const Range& range() const { return range_; }
  bool logarithmic() const { return logarithmic_; }

 private:
  Range range_;
  bool logarithmic_;
  double at_low_ = 0;
  double at_high_ = 1;
};

struct AxesLabels {
  std::string x;
  std::string y;
};

// Grid lines, ticks with their labels, the two axis lines and their names, around `box`.
void draw_axes(Svg& svg, const SvgBox& box, const Scale& x, const Ticks& x_ticks, const Scale& y, const Ticks& y_ticks,
               const AxesLabels& labels);

// Pixels that the labels of a vertical axis need.
double widest_label(const Ticks& ticks);

}  // namespace elbo::report
