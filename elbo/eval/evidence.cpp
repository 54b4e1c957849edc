#include "elbo/eval/evidence.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>

#include "elbo/eval/adaptive_grid.h"
#include "elbo/eval/apply_internal.h"
#include "elbo/eval/joint_density_internal.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

constexpr size_t kRowsOfGrids = 64;  // whose points are evaluated together
constexpr int64_t kPriorDraws = 4096;
constexpr double kBoxMargin = 0.5;  // of half of what the draws span, on each side

// The box that holds all of these codes, with a margin.
AdaptiveGridOptions box_of(std::span<const Array> codes, size_t dim) {
  constexpr double kFar = std::numeric_limits<double>::infinity();
  AdaptiveGridOptions box{.low = std::vector<double>(dim, kFar), .high = std::vector<double>(dim, -kFar)};
  for (const Array& array : codes) {
    const auto values = array.values<float>();
    for (size_t i = 0; i < values.size(); ++i) {
      box.low[i % dim] = std::min(box.low[i % dim], static_cast<double>(values[i]));
      box.high[i % dim] = std::max(box.high[i % dim], static_cast<double>(values[i]));
    }
  }
  for (size_t axis = 0; axis < dim; ++axis) {
    const double margin = kBoxMargin * (box.high[axis] - box.low[axis]) / 2;
    box.low[axis] -= margin;
    box.high[axis] += margin;
  }
  return box;
}

}  // namespace

Evidence evidence_by_quadrature(const models::LatentVariable& model, const data::Dataset& dataset, data::Split split,
                                const EvaluateOptions& options) {
  const auto code_dim = static_cast<size_t>(model.code_dim());
  if (model.code_dim() > kMostLatentsOfAGrid) {
    throw ConfigError("quadrature: the model has " + std::to_string(code_dim) + " latents; a grid covers at most " +
                      std::to_string(kMostLatentsOfAGrid));
  }
  // x as the model sees it, drawn once where it is drawn; the posterior's center and a draw.
  std::vector<Array> seen = apply(dataset, split, {.seed = options.seed, .threads = options.threads},
                                  [&](const models::Batch& batch) -> std::vector<Tensor> {
                                    const Tensor x = batch.at("x");
                                    const prob::Distribution posterior = model.posterior(batch);
                                    const int64_t rows = x.shape()[0];
                                    return {x, posterior.center(x.graph(), rows), posterior.sample(x.graph(), rows)};
                                  });
  const Array x = std::move(seen[0]);
  const std::vector<Array> codes{std::move(seen[1]), std::move(seen[2])};
  const AdaptiveGridOptions box = box_of(
      std::vector<Array>{codes[0], codes[1],
                         draw_prior(model, {.rows = kPriorDraws, .seed = options.seed, .threads = options.threads})},
      code_dim);

  const auto rows = static_cast<size_t>(x.shape()[0]), dim = static_cast<size_t>(x.shape()[1]);
  JointDensity log_joint(model, x.shape()[1], options.threads, options.before_each_run);
  Evidence evidence;
  for (size_t first = 0; first < rows; first += kRowsOfGrids) {
    const size_t count = std::min(kRowsOfGrids, rows - first);
    std::vector<AdaptiveGrid> grids;
    for (size_t row = first; row < first + count; ++row) {
      AdaptiveGridOptions own = box;
      for (const Array& code : codes) {
        const auto at = code.values<float>().subspan(row * code_dim, code_dim);
        own.seeds.insert(own.seeds.end(), at.begin(), at.end());
      }
      grids.emplace_back(std::move(own));
    }
    const auto is_open = [](const AdaptiveGrid& grid) { return !grid.is_done(); };
    while (std::any_of(grids.begin(), grids.end(), is_open)) {
      for (size_t i = 0; i < count; ++i) {
        if (grids[i].is_done()) continue;
        const std::span<const double> points = grids[i].points();
        for (size_t at = 0; at < points.size(); at += code_dim) {
          log_joint.add(x.values<float>().subspan((first + i) * dim, dim), points.subspan(at, code_dim));
        }
      }
      const JointDensity::Values both = log_joint.values();
      std::vector<double> values = both.log_likelihood;
      for (size_t i = 0; i < values.size(); ++i) values[i] += both.log_prior[i];
      size_t next = 0;
      for (AdaptiveGrid& grid : grids) {
        if (grid.is_done()) continue;
        const size_t own = grid.points().size() / code_dim;
        grid.take(std::span(values).subspan(next, own));
        next += own;
      }
    }
    for (const AdaptiveGrid& grid : grids) {
      evidence.nll.push_back(-grid.log_integral());
      if (!grid.is_resolved()) ++evidence.unresolved;
    }
    if (options.on_progress) options.on_progress(static_cast<double>(first + count) / static_cast<double>(rows));
  }
  return evidence;
}

}  // namespace elbo::eval
