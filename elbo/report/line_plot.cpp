#include "elbo/report/line_plot.h"

#include <algorithm>
#include <cmath>
#include <fmt/format.h>

#include "elbo/report/axes_internal.h"
#include "elbo/report/color.h"
#include "elbo/report/curve_internal.h"
#include "elbo/settings/error.h"

namespace elbo::report {
namespace {

constexpr double kLegendSize = 12;
constexpr double kLegendRow = 19;
constexpr double kRuleSize = 11;
constexpr double kMarkerRadius = 2.6;

std::string name_of(const Axis& axis) {
  return axis.unit.empty() ? axis.label : fmt::format("{} ({})", axis.label, axis.unit);
}

void check(const LinePlot& plot) {
  for (const Series& series : plot.series) {
    const bool fits =
        series.x.size() == series.y.size() && (series.error.empty() || series.error.size() == series.y.size());
    if (!fits) {
      throw ShapeError(
          fmt::format("line plot \"{}\", series \"{}\": {} values of x, {} of y and {} of error: the counts must agree",
                      plot.title, series.name, series.x.size(), series.y.size(), series.error.size()));
    }
  }
}

Scale scale_of(const Axis& axis, const std::vector<double>& values, double margin) {
  const Range data = range_of(values, {.logarithmic = axis.logarithmic, .margin = margin});
  const auto usable = [&](std::optional<double> end) {
    return end && std::isfinite(*end) && (!axis.logarithmic || *end > 0);
  };
  Range range{.low = usable(axis.low) ? *axis.low : data.low, .high = usable(axis.high) ? *axis.high : data.high};
  // Ends that leave nothing between them (all data below a given low end) get room like a single value.
  const double shortest = 1e-9 * std::max(std::abs(range.low), std::abs(range.high));
  if (!(range.high - range.low > shortest)) {
    range = range_of({usable(axis.high) ? range.high : range.low}, {.logarithmic = axis.logarithmic});
  }
  return {range, axis.logarithmic};
}

Scale x_scale(const LinePlot& plot) {
  std::vector<double> values;
  bool markers = false;
  for (const Series& series : plot.series) {
    values.insert(values.end(), series.x.begin(), series.x.end());
    markers = markers || series.markers;
  }
  return scale_of(plot.x, values, markers ? 0.02 : 0);
}

Scale y_scale(const LinePlot& plot) {
  std::vector<double> values;
  for (const Series& series : plot.series) {
    for (size_t i = 0; i < series.y.size(); ++i) {
      values.push_back(series.y[i]);
      const bool band = !series.error.empty() && std::isfinite(series.error[i]);
      if (band) values.insert(values.end(), {series.y[i] - series.error[i], series.y[i] + series.error[i]});
    }
  }
  for (const Rule& rule : plot.rules) values.push_back(rule.y);
  return scale_of(plot.y, values, 0.05);
}

Ticks ticks_of(const Scale& scale, const Axis& axis, int most) {
  const TickOptions options{.most = most, .integers = axis.integers};
  return scale.logarithmic() ? log_ticks(scale.range(), options) : nice_ticks(scale.range(), options);
}

std::string color_of(const LinePlot& plot, size_t index) {
  return hex(series_color(plot.series[index].color.value_or(static_cast<int>(index))));
}

// Series past the palette's end get dashes, so that no two look the same.
std::string dashes_of(const LinePlot& plot, size_t index) {
  const Series& series = plot.series[index];
  if (series.dashed) return "6 4";
  return !series.color && index >= static_cast<size_t>(kSeriesColors) ? "2 3" : "";
}

std::vector<Run> runs_of(const Series& series, const Scale& x, const Scale& y) {
  std::vector<Run> runs(1);
  for (size_t i = 0; i < series.x.size(); ++i) {
    const auto at_x = x(series.x[i]);
    const auto at_y = y(series.y[i]);
    if (!at_x || !at_y) {
      if (!runs.back().empty()) runs.emplace_back();
      continue;
    }
    const double error = series.error.empty() ? 0 : std::abs(series.error[i]);
    // A band that reaches below zero on a logarithmic axis goes on to the axis' low end.
    const double low_end = y(series.y[i] - error).value_or(std::isfinite(error) ? *y(y.range().low) : *at_y);
    runs.back().push_back(
        {.x = *at_x, .y = *at_y, .band_low = low_end, .band_high = y(series.y[i] + error).value_or(*at_y)});
  }
  if (runs.back().empty()) runs.pop_back();
  for (Run& run : runs) run = thinned(run);
  return runs;
}

void draw_band(Svg& svg, const Run& run, const std::string& color) {
  if (run.size() < 2) {
    svg.line({run[0].x, run[0].band_low}, {run[0].x, run[0].band_high}, {.stroke = color, .stroke_width = 1.5});
    return;
  }
  std::vector<SvgPoint> outline;
  for (const CurvePoint& p : run) outline.push_back({p.x, p.band_high});
  for (auto p = run.rbegin(); p != run.rend(); ++p) outline.push_back({p->x, p->band_low});
  svg.polygon(outline, {.fill = color, .opacity = 0.18});
}

void draw_curve(Svg& svg, const Run& run, const Series& series, const SvgPaint& paint) {
  std::vector<SvgPoint> points;
  for (const CurvePoint& p : run) points.push_back({p.x, p.y});
  if (points.size() > 1) svg.polyline(points, paint);
  // A point between two gaps would be invisible as a line.
  if (!series.markers && points.size() > 1) return;
  for (const SvgPoint& p : points)
    svg.circle(p, kMarkerRadius, {.fill = paint.stroke, .stroke = "#ffffff", .stroke_width = 0.8});
}

struct LegendEntry {
  size_t series;
  SvgPoint at;
};

double entry_width(const Series& series) {
  return 28 + text_width(series.name, kLegendSize) + 16;
}

// Entries in one row where they fit, otherwise in columns of equal width.
std::vector<LegendEntry> arrange_legend(const LinePlot& plot, double left, double width) {
  std::vector<LegendEntry> entries;
  double together = 0, widest = 1;
  for (size_t i = 0; i < plot.series.size(); ++i) {
    if (plot.series[i].name.empty()) continue;
    entries.push_back({.series = i, .at = {left + together, 0}});
    together += entry_width(plot.series[i]);
    widest = std::max(widest, entry_width(plot.series[i]));
  }
  if (together <= width) return entries;
  const auto fitting = static_cast<size_t>(std::max(1.0, width / widest));
  const size_t rows = (entries.size() + fitting - 1) / fitting;
  const size_t columns = (entries.size() + rows - 1) / rows;
  for (size_t i = 0; i < entries.size(); ++i) {
    entries[i].at = {left + widest * static_cast<double>(i % columns), kLegendRow * static_cast<double>(i / columns)};
  }
  return entries;
}

void draw_legend(Svg& svg, const LinePlot& plot, const std::vector<LegendEntry>& entries, double top) {
  for (const LegendEntry& entry : entries) {
    const double y = top + entry.at.y;
    const std::string color = color_of(plot, entry.series);
    svg.line({entry.at.x, y}, {entry.at.x + 22, y},
             {.stroke = color, .stroke_width = 2.2, .dashes = dashes_of(plot, entry.series)});
    if (plot.series[entry.series].markers) svg.circle({entry.at.x + 11, y}, kMarkerRadius + 0.4, {.fill = color});
    svg.text({entry.at.x + 28, y + 4}, plot.series[entry.series].name, {.size = kLegendSize, .color = kInk});
  }
}

double widest_rule(const LinePlot& plot) {
  double widest = 0;
  for (const Rule& rule : plot.rules) widest = std::max(widest, text_width(rule.name, kRuleSize));
  return widest;
}

void draw_rules(Svg& svg, const LinePlot& plot, const SvgBox& box, const Scale& y) {
  struct Placed {
    double at;
    std::string name;
  };
  std::vector<Placed> names;
  for (const Rule& rule : plot.rules) {
    const auto at = y(rule.y);
    if (!at || *at < box.y || *at > box.y + box.height) continue;
    svg.line({box.x, *at}, {box.x + box.width, *at}, {.stroke = kSoftInk, .stroke_width = 1.2, .dashes = "5 4"});
    names.push_back({*at, rule.name});
  }
  // Names of lines close together are moved down, one below the other.
  std::ranges::stable_sort(names, {}, &Placed::at);
  double free_from = -1e9;
  for (const Placed& name : names) {
    const double at = std::max(name.at, free_from);
    svg.text({box.x + box.width + 6, at + 4}, name.name, {.size = kRuleSize, .color = kSoftInk});
    free_from = at + kRuleSize + 2;
  }
}

// Exponential moving average without the pull of its start; gaps stay gaps.
std::vector<double> moving_average(const std::vector<double>& values, double half_life) {
  const double keep = std::exp2(-1 / half_life);
  std::vector<double> out;
  double sum = 0, weight = 0;
  for (const double value : values) {
    if (std::isfinite(value)) {
      sum = keep * sum + value;
      weight = keep * weight + 1;
    }
    out.push_back(std::isfinite(value) ? sum / weight : value);
  }
  return out;
}

void draw_series(Svg& svg, const Series& series, const Scale& x, const Scale& y, const SvgPaint& paint) {
  if (!(series.half_life > 0)) {
    for (const Run& run : runs_of(series, x, y)) draw_curve(svg, run, series, paint);
    return;
  }
  SvgPaint faint = paint;
  faint.stroke_width = 1;
  faint.opacity = 0.3;
  faint.dashes.clear();
  for (const Run& run : runs_of(series, x, y)) draw_curve(svg, run, series, faint);
  Series smooth = series;
  smooth.y = moving_average(series.y, series.half_life);
  smooth.error.clear();
  for (const Run& run : runs_of(smooth, x, y)) draw_curve(svg, run, smooth, paint);
}

}  // namespace

Svg line_plot(const LinePlot& plot) {
  check(plot);
  const double width = std::max(plot.width, 200);
  double height = std::max(plot.height, 160);
  Scale x = x_scale(plot);
  Scale y = y_scale(plot);
  const Ticks y_ticks = ticks_of(y, plot.y, std::max(2, static_cast<int>(height / 60)));
  const Ticks x_ticks = ticks_of(x, plot.x, std::max(2, static_cast<int>(width / 80)));

  const double left = 9 + widest_label(y_ticks) + (plot.y.label.empty() ? 8 : 32);
  const double right = std::max(width - (plot.rules.empty() ? 20 : 12 + widest_rule(plot)), left + 60);
  const std::vector<LegendEntry> legend = arrange_legend(plot, left, width - left);
  if (!legend.empty()) height += legend.back().at.y;
  const double title_bottom = plot.title.empty() ? 8 : 34;
  const double top = title_bottom + (legend.empty() ? 6 : legend.back().at.y + kLegendRow + 8);
  const double bottom = height - (plot.x.label.empty() ? 30 : 50);
  const SvgBox box{.x = left, .y = top, .width = right - left, .height = std::max(bottom - top, 20.0)};
  x.place(left, right);
  y.place(box.y + box.height, box.y);

  Svg svg({.width = width, .height = height});
  svg.describe(plot.title);
  if (!plot.title.empty()) svg.text({left, 22}, plot.title, {.size = kTitleTextSize, .color = kInk, .bold = true});
  draw_legend(svg, plot, legend, title_bottom + 8);
  draw_axes(svg, box, x, x_ticks, y, y_ticks, {.x = name_of(plot.x), .y = name_of(plot.y)});
  // Dots at the first and the last value are not cut in half.
  svg.begin_clip({box.x - kMarkerRadius - 1, box.y, box.width + 2 * kMarkerRadius + 2, box.height});
  for (size_t i = 0; i < plot.series.size(); ++i) {
    if (plot.series[i].error.empty()) continue;
    for (const Run& run : runs_of(plot.series[i], x, y)) draw_band(svg, run, color_of(plot, i));
  }
  for (size_t i = 0; i < plot.series.size(); ++i) {
    const SvgPaint paint{.stroke = color_of(plot, i), .stroke_width = 1.9, .dashes = dashes_of(plot, i)};
    draw_series(svg, plot.series[i], x, y, paint);
  }
  svg.end_clip();
  draw_rules(svg, plot, box, y);
  return svg;
}

}  // namespace elbo::report
