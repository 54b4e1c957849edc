#include "elbo/report/interval_plot.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

#include "elbo/report/axes_internal.h"
#include "elbo/report/color.h"

namespace elbo::report {
namespace {

constexpr double kRow = 26;
constexpr double kTop = 64;  // title and legend
constexpr double kBottom = 48;
constexpr double kRadius = 3.6;
constexpr double kBar = 7;

std::vector<double> finite(const std::vector<double>& values) {
  std::vector<double> result;
  std::copy_if(values.begin(), values.end(), std::back_inserter(result), [](double v) { return std::isfinite(v); });
  return result;
}

std::optional<double> mean_of(const std::vector<double>& values) {
  if (values.empty()) return std::nullopt;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void draw_row(Svg& svg, const IntervalRow& row, const Scale& x, double left, double y, const std::string& low_color,
              const std::string& high_color) {
  svg.text({left - 10, y + 4}, row.name, {.size = kTickTextSize, .color = kInk, .anchor = SvgAnchor::kEnd});
  const std::vector<double> low = finite(row.low), high = finite(row.high);
  const std::optional<double> from = mean_of(low), to = mean_of(high);
  if (from && to) {
    const double begin = *x(std::min(*from, *to)), end = *x(std::max(*from, *to));
    svg.rect({begin, y - kBar / 2, end - begin, kBar}, {.fill = kGridInk});
  }
  const auto dots = [&](const std::vector<double>& values, const std::string& color) {
    for (const double value : values) {
      svg.circle({*x(value), y}, kRadius, {.fill = color, .stroke = "#ffffff", .stroke_width = 0.8});
    }
  };
  dots(low, low_color);
  dots(high, high_color);
}

}  // namespace

Svg interval_plot(const IntervalPlot& plot) {
  std::vector<double> values;
  double names = 0;
  for (const IntervalRow& row : plot.rows) {
    for (const std::vector<double>* part : {&row.low, &row.high}) {
      values.insert(values.end(), part->begin(), part->end());
    }
    names = std::max(names, text_width(row.name, kTickTextSize));
  }
  const double width = plot.width, height = kTop + kRow * static_cast<double>(plot.rows.size()) + kBottom;
  Svg svg({.width = width, .height = height});
  svg.describe(plot.title);
  svg.text({16, 26}, plot.title, {.size = kTitleTextSize, .color = kInk, .bold = true});

  const std::string low_color = hex(series_color(0)), high_color = hex(series_color(1));
  double at = 20;
  for (const auto& [name, color] : {std::pair(plot.low, low_color), std::pair(plot.high, high_color)}) {
    svg.circle({at, 45}, kRadius, {.fill = color});
    svg.text({at + 9, 49}, name, {.size = kTickTextSize, .color = kSoftInk});
    at += 30 + text_width(name, kTickTextSize);
  }

  const double left = names + 26, right = width - 24, bottom = height - kBottom;
  Scale x(range_of(values, {.margin = 0.05}), false);
  x.place(left, right);
  const Ticks ticks = nice_ticks(x.range());
  for (size_t i = 0; i < ticks.values.size(); ++i) {
    const double here = *x(ticks.values[i]);
    svg.line({here, kTop}, {here, bottom}, {.stroke = kGridInk});
    svg.text({here, bottom + 17}, ticks.labels[i],
             {.size = kTickTextSize, .color = kSoftInk, .anchor = SvgAnchor::kMiddle});
  }
  svg.line({left, bottom}, {right, bottom}, {.stroke = kSoftInk});
  svg.text({(left + right) / 2, bottom + 38}, plot.x,
           {.size = kLabelTextSize, .color = kInk, .anchor = SvgAnchor::kMiddle});
  for (size_t i = 0; i < plot.rows.size(); ++i) {
    draw_row(svg, plot.rows[i], x, left, kTop + kRow * (static_cast<double>(i) + 0.5), low_color, high_color);
  }
  return svg;
}

}  // namespace elbo::report
