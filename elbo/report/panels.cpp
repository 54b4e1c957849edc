#include "elbo/report/panels.h"

#include <algorithm>

#include "elbo/report/axes_internal.h"
#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

constexpr double kCaptionSize = 13;
constexpr double kCaptionHeight = 24;
constexpr double kGap = 22;  // between panels
constexpr double kBarWidth = 10;
constexpr double kBarGap = 8;
constexpr int kMostTicks = 4;

// How much room a panel takes, and where in it the picture stands.
struct Placement {
  double left = 0;  // room for the labels of the vertical axis
  double width = 0;
  double picture_height = 0;
  double height = 0;
};

Placement placement_of(const Panel& panel, double size) {
  Placement place;
  const double bottom = panel.x ? 26 : 4;
  place.left = panel.y ? widest_label(nice_ticks(*panel.y, {.most = kMostTicks})) + 10 : 2;
  place.picture_height = size * panel.image.height() / panel.image.width();
  place.width = place.left + size;
  if (panel.bar) {
    place.width += kBarGap + kBarWidth + 8 + widest_label(nice_ticks(panel.bar->range, {.most = kMostTicks}));
    if (!panel.bar->label.empty()) place.width += 18;
  }
  place.height = kCaptionHeight + place.picture_height + bottom;
  return place;
}

void draw_side_ticks(Svg& svg, const Panel& panel, const SvgBox& box) {
  const SvgPaint axis{.stroke = kSoftInk};
  if (panel.x) {
    Scale x(*panel.x, false);
    x.place(box.x, box.x + box.width);
    const Ticks ticks = nice_ticks(*panel.x, {.most = kMostTicks});
    for (size_t i = 0; i < ticks.values.size(); ++i) {
      const double at = *x(ticks.values[i]), bottom = box.y + box.height;
      svg.line({at, bottom}, {at, bottom + 4}, axis);
      svg.text({at, bottom + 17}, ticks.labels[i], {.size = 11, .color = kSoftInk, .anchor = SvgAnchor::kMiddle});
    }
  }
  if (panel.y) {
    Scale y(*panel.y, false);
    y.place(box.y + box.height, box.y);
    const Ticks ticks = nice_ticks(*panel.y, {.most = kMostTicks});
    for (size_t i = 0; i < ticks.values.size(); ++i) {
      const double at = *y(ticks.values[i]);
      svg.line({box.x - 4, at}, {box.x, at}, axis);
      svg.text({box.x - 7, at + 4}, ticks.labels[i], {.size = 11, .color = kSoftInk, .anchor = SvgAnchor::kEnd});
    }
  }
}

void draw_bar(Svg& svg, const ColorBar& bar, const SvgBox& box) {
  Image ramp({.width = 1, .height = 256, .channels = 3});
  for (int y = 0; y < ramp.height(); ++y) {
    const Rgb color = map_color(bar.map, 1 - y / 255.0);
    const auto pixel = ramp.at(0, y);
    pixel[0] = color.r;
    pixel[1] = color.g;
    pixel[2] = color.b;
  }
  svg.image(box, ramp);
  svg.rect(box, {.stroke = kSoftInk, .stroke_width = 0.8});
  Scale scale(bar.range, false);
  scale.place(box.y + box.height, box.y);
  const Ticks ticks = nice_ticks(bar.range, {.most = kMostTicks});
  const double right = box.x + box.width;
  for (size_t i = 0; i < ticks.values.size(); ++i) {
    const double at = *scale(ticks.values[i]);
    svg.line({right, at}, {right + 3, at}, {.stroke = kSoftInk});
    svg.text({right + 6, at + 4}, ticks.labels[i], {.size = 11, .color = kSoftInk});
  }
  if (bar.label.empty()) return;
  svg.text({right + 8 + widest_label(ticks) + 12, box.y + box.height / 2}, bar.label,
           {.size = 11, .color = kSoftInk, .anchor = SvgAnchor::kMiddle, .turned = -90});
}

void draw_panel(Svg& svg, const Panel& panel, const Placement& place, const SvgPoint& corner, double size) {
  const SvgBox box{corner.x + place.left, corner.y + kCaptionHeight, size, place.picture_height};
  svg.text({box.x + size / 2, corner.y + 15}, panel.caption,
           {.size = kCaptionSize, .color = kInk, .anchor = SvgAnchor::kMiddle});
  svg.image(box, panel.image);
  svg.rect(box, {.stroke = kSoftInk, .stroke_width = 0.8});
  draw_side_ticks(svg, panel, box);
  if (panel.bar) draw_bar(svg, *panel.bar, {box.x + size + kBarGap, box.y, kBarWidth, box.height});
}

}  // namespace

Svg panels(const std::vector<Panel>& panels, const PanelsOptions& options) {
  if (panels.empty()) throw ShapeError("panels: none given, at least one is required");
  const size_t columns = static_cast<size_t>(std::max(options.columns, 1));
  std::vector<Placement> places;
  for (const Panel& panel : panels) places.push_back(placement_of(panel, options.panel_size));

  // Columns and rows are as wide and high as their largest panel, so that pictures line up.
  std::vector<double> widths(std::min(columns, panels.size()), 0.0);
  std::vector<double> heights((panels.size() + columns - 1) / columns, 0.0);
  for (size_t i = 0; i < places.size(); ++i) {
    widths[i % columns] = std::max(widths[i % columns], places[i].width);
    heights[i / columns] = std::max(heights[i / columns], places[i].height);
  }
  const double title_height = options.title.empty() ? 0 : 30;
  double width = 2 * 8 - kGap, height = 2 * 8 + title_height;
  for (const double w : widths) width += w + kGap;
  for (const double h : heights) height += h;

  Svg svg({.width = width, .height = height});
  svg.describe(options.title);
  if (!options.title.empty()) svg.text({10, 24}, options.title, {.size = kTitleTextSize, .color = kInk, .bold = true});
  SvgPoint corner{8, 8 + title_height};
  for (size_t i = 0; i < panels.size(); ++i) {
    draw_panel(svg, panels[i], places[i], corner, options.panel_size);
    corner.x += widths[i % columns] + kGap;
    if ((i + 1) % columns == 0) corner = {8, corner.y + heights[i / columns]};
  }
  return svg;
}

}  // namespace elbo::report
