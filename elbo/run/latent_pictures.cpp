#include "elbo/run/latent_pictures.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/diagnose.h"
#include "elbo/eval/quantile.h"
#include "elbo/report/heat_map.h"
#include "elbo/report/panels.h"
#include "elbo/run/density_pictures.h"

namespace elbo::run {
namespace {

constexpr int kPanelSide = 320;  // pixels, a multiple of the cells
constexpr int64_t kDrawsOfPrior = 20'000;
constexpr double kDepthOfField = 12;  // nats below the highest density that the colors tell apart
// Shares of prior draws that the contours hold.
constexpr std::array kShares{0.5, 0.9, 0.99};

std::vector<double> log_prior_at(const models::LatentVariable& latent, const Array& z, int threads) {
  Graph graph;
  graph.output("log_prior", latent.prior().log_prob(graph.input("z", z.shape())));
  const Executable run = compile(graph, {.threads = threads});
  run.input("z") = z;
  run.run();
  const auto values = run.output("log_prior").values<float>();
  return {values.begin(), values.end()};
}

Array field_of(const std::vector<double>& values, int64_t side) {
  Array field(DType::kF32, {side, side});
  std::transform(values.begin(), values.end(), field.values<float>().begin(),
                 [](double value) { return static_cast<float>(value); });
  return field;
}

report::Range depth_below_highest(const std::vector<double>& values) {
  const double highest = *std::max_element(values.begin(), values.end());
  return {.low = highest - kDepthOfField, .high = highest};
}

// The levels of log p(z) above which the shares of its draws lie.
std::vector<double> contour_levels(const models::LatentVariable& latent, const Array& draws, int threads) {
  std::vector<double> at = log_prior_at(latent, draws, threads);
  std::sort(at.begin(), at.end());
  std::vector<double> levels;
  for (const double share : kShares) {
    levels.push_back(eval::quantile(at, 1 - share));
  }
  return levels;
}

report::Panel field_panel(const char* caption, const std::vector<double>& values, const Array& log_prior,
                          const std::vector<double>& levels, const PlaneView& view) {
  const int64_t side = log_prior.shape()[0];
  const report::Range range = depth_below_highest(values);
  report::Image image =
      report::heat_map(field_of(values, side), {.scale = static_cast<int>(kPanelSide / side), .range = range});
  report::draw_contours(image, log_prior, levels);
  return {.caption = caption,
          .image = std::move(image),
          .x = view.x,
          .y = view.y,
          .bar = report::ColorBar{.range = range, .label = "nats"}};
}

}  // namespace

report::Svg latent_drawing(const models::Model& model, const data::Dataset& dataset, data::Split split,
                           const LatentPictureOptions& options) {
  const auto& latent = *model.can<models::LatentVariable>();
  const eval::ApplyOptions rows{.rows = options.rows, .draw = true, .seed = options.seed, .threads = options.threads};
  const Array codes = eval::encode(model, dataset, split, rows);
  const Array draws =
      eval::draw_prior(latent, {.rows = kDrawsOfPrior, .seed = options.seed, .threads = options.threads});
  const PlaneView of_codes = view_of(codes), of_prior = view_of(draws);
  const auto both = [](const report::Range& a, const report::Range& b) {
    return report::Range{.low = std::min(a.low, b.low), .high = std::max(a.high, b.high)};
  };
  const PlaneView view{.x = both(of_codes.x, of_prior.x), .y = both(of_codes.y, of_prior.y)};
  const Array z = plane_grid(view, {.columns = options.side, .rows = options.side}).cast(DType::kF32);
  const eval::Reconstructions seen = eval::reconstruct(model, dataset, split, rows);
  const eval::AggregatedPosterior aggregate(latent, seen.inputs, options.threads);
  const std::vector<double> log_prior = log_prior_at(latent, z, options.threads);
  const std::vector<double> levels = contour_levels(latent, draws, options.threads);
  const Array prior_field = field_of(log_prior, options.side);
  return report::panels(
      {field_panel("aggregated posterior, log q(z)", aggregate.log_density(z), prior_field, levels, view),
       field_panel("prior, log p(z)", log_prior, prior_field, levels, view)},
      {.title = options.title, .panel_size = kPanelSide});
}

Array manifold_rows(const models::Model& model, const LatentPictureOptions& options) {
  const auto& latent = *model.can<models::LatentVariable>();
  const Array draws =
      eval::draw_prior(latent, {.rows = kDrawsOfPrior, .seed = options.seed, .threads = options.threads});
  std::array<std::vector<float>, 2> columns;
  for (size_t i = 0; i < draws.values<float>().size(); ++i) columns[i % 2].push_back(draws.values<float>()[i]);
  for (std::vector<float>& column : columns) std::sort(column.begin(), column.end());
  const auto quantile = [&](const std::vector<float>& sorted, int64_t i) {
    return static_cast<float>(
        eval::quantile(sorted, (static_cast<double>(i) + 0.5) / static_cast<double>(options.side)));
  };
  Array z(DType::kF32, {options.side * options.side, 2});
  size_t next = 0;
  for (int64_t row = options.side - 1; row >= 0; --row) {
    for (int64_t column = 0; column < options.side; ++column) {
      z.values<float>()[next++] = quantile(columns[0], column);
      z.values<float>()[next++] = quantile(columns[1], row);
    }
  }
  return eval::decode(model, z, {.threads = options.threads});
}

}  // namespace elbo::run
