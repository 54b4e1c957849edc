// A density of the plane on a grid: its integral, and samples counted against it.
//
//   const PlaneGrid grid(density, {.center_x = 10, .center_y = -3, .half_width = 32, .half_height = 4});
//   EXPECT_NEAR(grid.total(), 1, 0.01);
//   EXPECT_LT(grid.disagreement(samples), 4);        // standard errors
#pragma once

#include <cmath>
#include <map>
#include <utility>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"

namespace elbo::models {

struct PlaneWindow {
  double center_x = 0, center_y = 0, half_width = 1, half_height = 1;
};

class PlaneGrid {
 public:
  // The density at the middles of side x side cells.
  template <typename Density>  // anything with log_prob
  PlaneGrid(const Density& density, const PlaneWindow& window, int64_t side = 480) : window_(window) {
    Array points(DType::kF32, {side * side, 2});
    const auto middle = [&](int64_t i) { return (2 * static_cast<double>(i) + 1) / static_cast<double>(side) - 1; };
    for (int64_t i = 0; i < side * side; ++i) {
      const auto at = static_cast<size_t>(2 * i);
      points.values<float>()[at] = static_cast<float>(window.center_x + window.half_width * middle(i % side));
      points.values<float>()[at + 1] = static_cast<float>(window.center_y + window.half_height * middle(i / side));
    }
    Graph graph;
    graph.output("log_prob", density.log_prob(graph.input("x", points.shape())));
    const auto out = compile(graph).run({{"x", points}}, {});
    const double area = 4 * window.half_width * window.half_height / static_cast<double>(side * side);
    for (int64_t i = 0; i < side * side; ++i) {
      const auto at = static_cast<size_t>(i);
      const double mass = area * std::exp(static_cast<double>(out.at("log_prob").values<float>()[at]));
      masses_[block_of(points.values<float>()[2 * at], points.values<float>()[2 * at + 1])] += mass;
      total_ += mass;
    }
  }

  double total() const { return total_; }

  // Pearson's statistic of the samples [n, 2] in the blocks of the window, as a standard normal number: its cube root
  // is nearly normal (Wilson & Hilferty 1931).  Blocks of fewer than ten, and what lies outside, are put together.
  double disagreement(const Array& samples) const {
    const auto values = samples.values<float>();
    const auto count = static_cast<double>(samples.shape()[0]);
    std::map<Block, double> counted;
    for (size_t i = 0; i < values.size(); i += 2) ++counted[block_of(values[i], values[i + 1])];
    double statistic = 0, freedom = -1, rest_expected = count, rest_counted = count;
    const auto add = [&](double seen, double expected) {
      statistic += (seen - expected) * (seen - expected) / expected;
      freedom += 1;
    };
    for (const auto& [block, mass] : masses_) {
      if (block == kOutside || mass * count < 10) continue;
      add(counted[block], mass * count);
      rest_expected -= mass * count;
      rest_counted -= counted[block];
    }
    if (rest_expected >= 10) add(rest_counted, rest_expected);
    const double spread = 2 / (9 * freedom);
    return (std::cbrt(statistic / freedom) - (1 - spread)) / std::sqrt(spread);
  }

 private:
  static constexpr int kBlocks = 40;  // a side
  using Block = std::pair<int, int>;
  static constexpr Block kOutside{-1, -1};

  Block block_of(double x, double y) const {
    const double column = std::floor((1 + (x - window_.center_x) / window_.half_width) * kBlocks / 2);
    const double row = std::floor((1 + (y - window_.center_y) / window_.half_height) * kBlocks / 2);
    const bool inside = column >= 0 && column < kBlocks && row >= 0 && row < kBlocks;
    return inside ? Block{static_cast<int>(column), static_cast<int>(row)} : kOutside;
  }

  PlaneWindow window_;
  std::map<Block, double> masses_;
  double total_ = 0;
};

}  // namespace elbo::models
