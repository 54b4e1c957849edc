#include "elbo/eval/adaptive_grid.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace elbo::eval {
namespace {

constexpr double kNothing = -std::numeric_limits<double>::infinity();
constexpr int kMostLevels = 40;
// Cells along a side of the box to begin with.
constexpr std::array<int64_t, 2> kFirstCells{64, 16};
// Effective cells, (Σ w)² / Σ w², of a normal whose deviation is two thirds of a cell.
constexpr std::array<double, 2> kSpread{2.3, 5.5};
// Nats below the highest value at which a cell no longer matters.
constexpr double kDepth = 12;
// A grid that sees no value nearer to that at a seed has missed a peak.
constexpr double kBelowSeeds = 1;

double log_add(double a, double b) {
  const double high = std::max(a, b);
  return high == kNothing ? kNothing : high + std::log1p(std::exp(std::min(a, b) - high));
}

}  // namespace

AdaptiveGrid::AdaptiveGrid(AdaptiveGridOptions options)
    : options_(std::move(options)),
      dim_(options_.low.size()),
      retired_(kNothing),
      log_integral_(kNothing),
      best_seed_(kNothing) {
  const int64_t side = kFirstCells[dim_ - 1];
  for (int64_t i = 0; i < side; ++i) {
    for (int64_t j = 0; j < (dim_ == 2 ? side : 1); ++j) cells_.push_back({i, j});
  }
  set_points();
  points_.insert(points_.end(), options_.seeds.begin(), options_.seeds.end());
}

double AdaptiveGrid::width(size_t axis) const {
  return std::ldexp((options_.high[axis] - options_.low[axis]) / static_cast<double>(kFirstCells[dim_ - 1]), -level_);
}

double AdaptiveGrid::log_volume() const {
  double result = 0;
  for (size_t axis = 0; axis < dim_; ++axis) result += std::log(width(axis));
  return result;
}

void AdaptiveGrid::set_points() {
  points_.clear();
  for (const Cell& cell : cells_) {
    for (size_t axis = 0; axis < dim_; ++axis) {
      points_.push_back(options_.low[axis] + (static_cast<double>(cell[axis]) + 0.5) * width(axis));
    }
  }
}

std::vector<AdaptiveGrid::Cell> AdaptiveGrid::cells_of_seeds() const {
  std::vector<Cell> cells;
  for (size_t i = 0; i + dim_ <= options_.seeds.size(); i += dim_) {
    Cell cell{};
    for (size_t axis = 0; axis < dim_; ++axis) {
      cell[axis] = static_cast<int64_t>(std::floor((options_.seeds[i + axis] - options_.low[axis]) / width(axis)));
    }
    cells.push_back(cell);
  }
  return cells;
}

// How much f differs, at most, between a cell and its neighbours.
std::vector<double> AdaptiveGrid::differences(std::span<const double> values) const {
  std::vector<double> most(cells_.size(), 0.0);
  for (size_t i = 0; i < cells_.size(); ++i) {
    for (size_t axis = 0; axis < dim_; ++axis) {
      Cell next = cells_[i];
      ++next[axis];
      const auto found = std::lower_bound(cells_.begin() + static_cast<std::ptrdiff_t>(i), cells_.end(), next);
      if (found == cells_.end() || *found != next) continue;
      const auto other = static_cast<size_t>(found - cells_.begin());
      if (values[i] == kNothing || values[other] == kNothing) continue;
      const double difference = std::abs(values[i] - values[other]);
      most[i] = std::max(most[i], difference);
      most[other] = std::max(most[other], difference);
    }
  }
  return most;
}

bool AdaptiveGrid::sees_seeds(double best) const {
  return best > best_seed_ - kBelowSeeds;
}

void AdaptiveGrid::refine(std::span<const double> values, double best) {
  const std::vector<double> slack = differences(values);
  const double top = std::max(best, best_seed_);
  // Until the grid sees what is there.
  const std::vector<Cell> seeds = sees_seeds(best) ? std::vector<Cell>{} : cells_of_seeds();
  const auto is_near_seed = [&](const Cell& cell) {
    return std::any_of(seeds.begin(), seeds.end(), [&](const Cell& seed) {
      return std::abs(cell[0] - seed[0]) <= 1 && std::abs(cell[1] - seed[1]) <= 1;
    });
  };
  std::vector<Cell> finer;
  for (size_t i = 0; i < cells_.size(); ++i) {
    const bool matters = top == kNothing || values[i] + slack[i] > top - kDepth;
    if (!matters && !is_near_seed(cells_[i])) {
      retired_ = log_add(retired_, values[i] + log_volume());
      continue;
    }
    for (int64_t a = 0; a < 2; ++a) {
      for (int64_t b = 0; b < (dim_ == 2 ? 2 : 1); ++b) {
        finer.push_back({2 * cells_[i][0] + a, dim_ == 2 ? 2 * cells_[i][1] + b : 0});
      }
    }
  }
  std::sort(finer.begin(), finer.end());
  cells_ = std::move(finer);
  ++level_;
  set_points();
}

void AdaptiveGrid::take(std::span<const double> values) {
  if (level_ == 0) {
    for (const double value : values.subspan(cells_.size())) best_seed_ = std::max(best_seed_, value);
    values = values.first(cells_.size());
  }
  const double best = *std::max_element(values.begin(), values.end());
  double sum = 0, squares = 0;
  for (const double value : values) {
    const double weight = best == kNothing ? 0 : std::exp(value - best);
    sum += weight;
    squares += weight * weight;
  }
  const double before = log_integral_;
  const double here = best == kNothing ? kNothing : best + std::log(sum) + log_volume();
  log_integral_ = log_add(here, retired_);
  const bool agrees = level_ > 0 && std::abs(log_integral_ - before) < options_.tolerance;
  resolved_ = agrees && sees_seeds(best) && sum * sum > kSpread[dim_ - 1] * squares;
  done_ = resolved_ || level_ >= kMostLevels;
  if (done_) return;
  refine(values, best);
  if (cells_.size() <= options_.most_cells) return;
  done_ = true;
  points_.clear();
}

}  // namespace elbo::eval
