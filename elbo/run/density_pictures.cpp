#include "elbo/run/density_pictures.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <vector>

#include "elbo/eval/apply.h"
#include "elbo/report/heat_map.h"
#include "elbo/report/panels.h"

namespace elbo::run {
namespace {

constexpr double kOutermost = 0.002;  // share of the points left out at each end
constexpr double kMargin = 0.12;
constexpr double kDepth = 10;  // nats below the highest density that the colors tell apart

report::Range range_of_column(const Array& points, size_t column) {
  const Array wide = points.cast(DType::kF64);
  std::vector<double> values;
  const auto all = wide.values<double>();
  for (size_t i = column; i < all.size(); i += 2) {
    if (std::isfinite(all[i])) values.push_back(all[i]);
  }
  if (values.empty()) return {.low = -1, .high = 1};
  std::sort(values.begin(), values.end());
  const auto at = [&](double share) {
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
  };
  return report::range_of({at(kOutermost), at(1 - kOutermost)}, {.margin = kMargin});
}

double middle(const report::Range& range, int64_t cell, int64_t cells) {
  return range.low + (range.high - range.low) * (static_cast<double>(cell) + 0.5) / static_cast<double>(cells);
}

report::Range field_range(const Array& field) {
  double highest = -std::numeric_limits<double>::infinity();
  for (const float value : field.values<float>()) {
    if (std::isfinite(value)) highest = std::max(highest, static_cast<double>(value));
  }
  if (!std::isfinite(highest)) highest = 0;
  return {.low = highest - kDepth, .high = highest};
}

report::Image field_picture(const Array& field) {
  return report::heat_map(field, {.range = field_range(field)});
}

int side_of(const Array& field) {
  return static_cast<int>(field.shape()[0]);
}

}  // namespace

PlaneView view_of(const Array& points) {
  return {.x = range_of_column(points, 0), .y = range_of_column(points, 1)};
}

Array plane_grid(const PlaneView& view, const GridOptions& options) {
  Array points(DType::kF64, {options.rows * options.columns, 2});
  const auto values = points.values<double>();
  size_t next = 0;
  for (int64_t row = 0; row < options.rows; ++row) {
    for (int64_t column = 0; column < options.columns; ++column) {
      values[next++] = middle(view.x, column, options.columns);
      values[next++] = middle(view.y, row, options.rows);
    }
  }
  return points;
}

Array log_density_grid(const models::Model& density, const data::Dataset& dataset, const PlaneView& view,
                       const GridOptions& options) {
  const data::Dataset points = data::like(dataset, plane_grid(view, options));
  return eval::score(density, points, data::Split::kTest, {.threads = options.threads})
      .cast(DType::kF32)
      .reshaped({options.rows, options.columns});
}

report::Image scatter_picture(const Array& points, const PlaneView& view, int side) {
  return report::scatter(points, {.x = view.x, .y = view.y, .width = side, .height = side});
}

report::Image density_picture(const DensityPicture& picture) {
  const int side = side_of(picture.field);
  return report::side_by_side({scatter_picture(picture.data, picture.view, side), field_picture(picture.field),
                               scatter_picture(picture.samples, picture.view, side)});
}

report::Svg density_drawing(const DensityPicture& picture, const std::string& title) {
  const int side = side_of(picture.field);
  const auto panel = [&](const char* caption, report::Image image) {
    return report::Panel{.caption = caption, .image = std::move(image), .x = picture.view.x, .y = picture.view.y};
  };
  report::Panel field = panel("log density", field_picture(picture.field));
  field.bar = report::ColorBar{.range = field_range(picture.field), .label = "nats"};
  return report::panels({panel("data", scatter_picture(picture.data, picture.view, side)), field,
                         panel("samples", scatter_picture(picture.samples, picture.view, side))},
                        {.title = title});
}

}  // namespace elbo::run
