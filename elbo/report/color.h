// Colors: a palette for series that color-blind readers can tell apart, and color maps for fields.
//
//   const Rgb first = series_color(0);                    // Okabe & Ito's blue
//   const Rgb middle = map_color(ColorMap::kSequential, 0.5);
#pragma once

#include <cstdint>
#include <string>

namespace elbo::report {

struct Rgb {
  uint8_t r = 0, g = 0, b = 0;
  friend bool operator==(const Rgb&, const Rgb&) = default;
};

std::string hex(Rgb color);  // "#0072b2"

// Okabe & Ito (2008), ordered so that the first few differ most; without the yellow, which is lost on white.
inline constexpr int kSeriesColors = 7;
Rgb series_color(int index);  // repeats after kSeriesColors

enum class ColorMap {
  // Dark violet, blue, green, yellow; lightness rises in a straight line and equal steps look equal (in OKLab), so it
  // reads the same in grey print and to color-blind eyes.
  kSequential,
  kDiverging,  // blue, near white, vermilion, for signed values around the middle
  kGrey,
};

// `at` in [0, 1], clamped.
Rgb map_color(ColorMap map, double at);

// OKLab (Ottosson 2020) of an sRGB color: the space in which the maps are even; the tests measure with it.
struct OkLab {
  double lightness = 0, a = 0, b = 0;
};
OkLab to_oklab(Rgb color);

}  // namespace elbo::report
