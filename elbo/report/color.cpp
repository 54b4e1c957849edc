#include "elbo/report/color.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <numbers>

namespace elbo::report {
namespace {

constexpr size_t kSteps = 256;
using Ramp = std::array<Rgb, kSteps>;

uint8_t srgb_byte(double linear) {
  const double x = std::clamp(linear, 0.0, 1.0);
  const double encoded = x <= 0.0031308 ? 12.92 * x : 1.055 * std::pow(x, 1 / 2.4) - 0.055;
  return static_cast<uint8_t>(std::lround(255 * encoded));
}

Rgb from_oklab(const OkLab& color) {
  const auto cube = [](double x) { return x * x * x; };
  const double l = cube(color.lightness + 0.3963377774 * color.a + 0.2158037573 * color.b);
  const double m = cube(color.lightness - 0.1055613458 * color.a - 0.0638541728 * color.b);
  const double s = cube(color.lightness - 0.0894841775 * color.a - 1.2914855480 * color.b);
  return {.r = srgb_byte(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
          .g = srgb_byte(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
          .b = srgb_byte(-0.0041960863 * l - 0.7034186147 * m + 1.7076147010 * s)};
}

OkLab polar(double lightness, double chroma, double degrees) {
  const double angle = degrees * std::numbers::pi / 180;
  return {.lightness = lightness, .a = chroma * std::cos(angle), .b = chroma * std::sin(angle)};
}

// The path the sequential map follows: hue from violet over blue and green to yellow, chroma as the gamut allows.
OkLab sequential_path(double t) {
  return polar(0.26 + 0.66 * t, 0.12 - 0.16 * t + 0.22 * t * t, 316 - 213 * t - 40 * t * (1 - t));
}

OkLab diverging_path(double t) {
  const double away = std::abs(2 * t - 1);  // from the neutral middle
  return polar(0.97 - 0.52 * away, 0.125 * away, t < 0.5 ? 250 : 42);
}

double distance(const OkLab& p, const OkLab& q) {
  return std::sqrt((p.lightness - q.lightness) * (p.lightness - q.lightness) + (p.a - q.a) * (p.a - q.a) +
                   (p.b - q.b) * (p.b - q.b));
}

// Colors at equal distances along the path, whatever speed its formula runs at.
template <typename Path>
Ramp even_ramp(const Path& path) {
  constexpr size_t kFine = 8192;
  std::array<double, kFine + 1> walked{};
  for (size_t i = 1; i <= kFine; ++i) {
    walked[i] =
        walked[i - 1] + distance(path(static_cast<double>(i) / kFine), path(static_cast<double>(i - 1) / kFine));
  }
  Ramp ramp;
  size_t at = 0;
  for (size_t i = 0; i < kSteps; ++i) {
    const double target = walked[kFine] * static_cast<double>(i) / (kSteps - 1);
    while (at < kFine && walked[at] < target) ++at;
    ramp[i] = from_oklab(path(static_cast<double>(at) / kFine));
  }
  return ramp;
}

}  // namespace

std::string hex(Rgb color) {
  return fmt::format("#{:02x}{:02x}{:02x}", color.r, color.g, color.b);
}

Rgb series_color(int index) {
  constexpr std::array<Rgb, kSeriesColors> kPalette{{{0x00, 0x72, 0xB2},    // blue
                                                     {0xD5, 0x5E, 0x00},    // vermilion
                                                     {0x00, 0x9E, 0x73},    // bluish green
                                                     {0xCC, 0x79, 0xA7},    // reddish purple
                                                     {0xE6, 0x9F, 0x00},    // orange
                                                     {0x56, 0xB4, 0xE9},    // sky blue
                                                     {0x00, 0x00, 0x00}}};  // black
  return kPalette[static_cast<size_t>(((index % kSeriesColors) + kSeriesColors) % kSeriesColors)];
}

Rgb map_color(ColorMap map, double at) {
  static const Ramp kSequentialRamp = even_ramp(sequential_path);
  static const Ramp kDivergingRamp = even_ramp(diverging_path);
  // Written so that a NaN becomes the low end; who draws a field shows its NaNs in a color of their own.
  const double inside = at > 0 ? std::min(at, 1.0) : 0.0;
  const auto step = static_cast<size_t>(std::lround(inside * (kSteps - 1)));
  if (map == ColorMap::kSequential) return kSequentialRamp[step];
  if (map == ColorMap::kDiverging) return kDivergingRamp[step];
  const auto grey = static_cast<uint8_t>(step);
  return {.r = grey, .g = grey, .b = grey};
}

OkLab to_oklab(Rgb color) {
  const auto linear = [](uint8_t byte) {
    const double x = byte / 255.0;
    return x <= 0.04045 ? x / 12.92 : std::pow((x + 0.055) / 1.055, 2.4);
  };
  const double r = linear(color.r), g = linear(color.g), b = linear(color.b);
  const double l = std::cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const double m = std::cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const double s = std::cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return {.lightness = 0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
          .a = 1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
          .b = 0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s};
}

}  // namespace elbo::report
