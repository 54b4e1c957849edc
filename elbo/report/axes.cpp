#include <algorithm>
#include <cmath>

#include "elbo/report/axes_internal.h"

namespace elbo::report {

std::optional<double> Scale::operator()(double value) const {
  if (!std::isfinite(value) || (logarithmic_ && value <= 0)) return std::nullopt;
  const auto warp = [&](double v) { return logarithmic_ ? std::log10(v) : v; };
  const double low = warp(range_.low);
  const double share = (warp(value) - low) / (warp(range_.high) - low);
  return at_low_ + std::clamp(share, -50.0, 50.0) * (at_high_ - at_low_);
}

double widest_label(const Ticks& ticks) {
  double widest = 0;
  for (const std::string& label : ticks.labels) widest = std::max(widest, text_width(label, kTickTextSize));
  return widest;
}

void draw_axes(Svg& svg, const SvgBox& box, const Scale& x, const Ticks& x_ticks, const Scale& y, const Ticks& y_ticks,
               const AxesLabels& labels) {
  const double bottom = box.y + box.height;
  const double right = box.x + box.width;
  const SvgPaint grid{.stroke = kGridInk};
  const SvgPaint axis{.stroke = kSoftInk};
  for (const double value : x_ticks.values) {
    if (const auto at = x(value)) svg.line({*at, box.y}, {*at, bottom}, grid);
  }
  for (const double value : y_ticks.values) {
    if (const auto at = y(value)) svg.line({box.x, *at}, {right, *at}, grid);
  }
  svg.line({box.x, bottom}, {right, bottom}, axis);
  svg.line({box.x, box.y}, {box.x, bottom}, axis);
  for (const double value : x_ticks.minor) {
    if (const auto at = x(value)) svg.line({*at, bottom}, {*at, bottom + 3}, axis);
  }
  for (const double value : y_ticks.minor) {
    if (const auto at = y(value)) svg.line({box.x - 3, *at}, {box.x, *at}, axis);
  }
  // Horizontal labels that would touch are left out, the later one of two.
  double free_from = -1e9;
  for (size_t i = 0; i < x_ticks.values.size(); ++i) {
    const auto at = x(x_ticks.values[i]);
    if (!at) continue;
    svg.line({*at, bottom}, {*at, bottom + 5}, axis);
    const double half = text_width(x_ticks.labels[i], kTickTextSize) / 2;
    if (*at - half < free_from) continue;
    svg.text({*at, bottom + 19}, x_ticks.labels[i],
             {.size = kTickTextSize, .color = kSoftInk, .anchor = SvgAnchor::kMiddle});
    free_from = *at + half + 6;
  }
  for (size_t i = 0; i < y_ticks.values.size(); ++i) {
    const auto at = y(y_ticks.values[i]);
    if (!at) continue;
    svg.line({box.x - 5, *at}, {box.x, *at}, axis);
    svg.text({box.x - 9, *at + 4}, y_ticks.labels[i],
             {.size = kTickTextSize, .color = kSoftInk, .anchor = SvgAnchor::kEnd});
  }
  const SvgText name{.size = kLabelTextSize, .color = kInk, .anchor = SvgAnchor::kMiddle};
  if (!labels.x.empty()) svg.text({box.x + box.width / 2, bottom + 39}, labels.x, name);
  if (!labels.y.empty()) {
    SvgText turned = name;
    turned.turned = -90;
    svg.text({box.x - 9 - widest_label(y_ticks) - 10, box.y + box.height / 2}, labels.y, turned);
  }
}

}  // namespace elbo::report
