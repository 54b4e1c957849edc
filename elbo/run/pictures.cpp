#include "elbo/run/pictures.h"

#include <algorithm>
#include <cmath>

#include "elbo/report/image_grid.h"
#include "elbo/report/line_plot.h"

namespace elbo::run {
namespace {

constexpr int kMostColumns = 20;
constexpr int kSmallImage = 64;  // pixels; smaller images are enlarged

report::ImageShape shape_of(const data::ImageGeometry& image) {
  return {.height = static_cast<int>(image.height),
          .width = static_cast<int>(image.width),
          .channels = static_cast<int>(image.channels)};
}

int scale_of(const data::ImageGeometry& image) {
  const int64_t side = std::max(image.height, image.width);
  return static_cast<int>(std::clamp<int64_t>(kSmallImage / side, 1, 8));
}

// As many columns as make the grid about square, a few more if that fills the last row: `wide` images a cell.
int columns_of(int64_t count, int wide) {
  const double side = std::sqrt(static_cast<double>(count) / wide);
  const int columns = std::clamp(static_cast<int>(std::ceil(side)), 1, kMostColumns);
  for (int more = columns; more <= std::min(columns + 2, kMostColumns); ++more) {
    if (count % more == 0) return more;
  }
  return columns;
}

}  // namespace

report::Image grid_of(const Array& rows, const data::ImageGeometry& image, int64_t columns) {
  const int wide = columns > 0 ? static_cast<int>(columns) : columns_of(rows.shape()[0], 1);
  return report::image_grid(rows, shape_of(image), {.columns = wide, .scale = scale_of(image)});
}

report::Image grid_of_pairs(const Array& inputs, const Array& outputs, const data::ImageGeometry& image) {
  return report::paired_grid(inputs, outputs, shape_of(image),
                             {.columns = columns_of(inputs.shape()[0], 2), .scale = scale_of(image)});
}

report::Svg loss_curves(const std::vector<train::EpochReport>& epochs, const std::string& title) {
  report::Series training{.name = "training"}, validation{.name = "validation"};
  for (const train::EpochReport& epoch : epochs) {
    const auto add = [&](const train::Metrics& metrics, report::Series& series) {
      const auto loss = metrics.find("loss");
      if (loss == metrics.end()) return;
      series.x.push_back(static_cast<double>(epoch.epoch));
      series.y.push_back(loss->second);
    };
    add(epoch.train, training);
    add(epoch.validation, validation);
  }
  training.markers = training.x.size() <= 20;
  validation.markers = validation.x.size() <= 20;
  std::vector<report::Series> series{training};
  if (!validation.x.empty()) series.push_back(validation);
  return report::line_plot({.title = title,
                            .x = {.label = "epoch", .integers = true},
                            .y = {.label = "loss", .unit = "nats per example"},
                            .series = series});
}

}  // namespace elbo::run
