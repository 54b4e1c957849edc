// ∫ exp(f) over one or two dimensions, by a grid that grows finer where exp(f) is large.
//
//   AdaptiveGrid grid({.low = {-6, -6}, .high = {6, 6}, .seeds = {0.3, 0.1}});
//   while (!grid.is_done()) {
//     for (const double* point = ...)                         // grid.points(): [n, dim], row by row
//     grid.take(values of f there);
//   }
//   grid.log_integral();
//
// Midpoints of equal cells: for a smooth f that falls off on all sides the error falls faster than any power of their
// width (as e^(-2π²σ²/h²) for a normal of deviation σ), so that little is left once a cell is as wide as the peak.
// Whoever has many integrals takes the points of all of them in one batch.
//
// From level to level the cells that may matter are halved along every dimension, and the others keep the value they
// had.  A cell may matter where f there, and as much more as f differs between neighbours, comes near its highest
// value; so do those around a seed, until f is as high elsewhere.  It ends when two levels agree, the mass lies in
// several cells, and f is as high as at the seeds.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace elbo::eval {

struct AdaptiveGridOptions {
  std::vector<double> low, high;   // of the box, one or two; what lies outside is left out
  std::vector<double> seeds = {};  // [n, dim], points whose surroundings are looked at whatever f is elsewhere
  double tolerance = 0.01;         // of log ∫ exp(f), between the last two levels
  size_t most_cells = 40'000;      // of a level
};

class AdaptiveGrid {
 public:
  explicit AdaptiveGrid(AdaptiveGridOptions options);

  // Where f is wanted next: [n, dim].  The seeds are among the first.
  const std::vector<double>& points() const { return points_; }
  // f there; -∞ where exp(f) is 0.
  void take(std::span<const double> values);

  bool is_done() const { return done_; }
  // Whether the last two levels agreed; else the cells ran out.
  bool is_resolved() const { return resolved_; }
  double log_integral() const { return log_integral_; }

 private:
  using Cell = std::array<int64_t, 2>;  // its number along each dimension

  double width(size_t axis) const;
  double log_volume() const;
  std::vector<Cell> cells_of_seeds() const;
  std::vector<double> differences(std::span<const double> values) const;
  // Whether the highest f of a level comes near that at the seeds.
  bool sees_seeds(double best) const;
  void refine(std::span<const double> values, double best);
  void set_points();

  AdaptiveGridOptions options_;
  size_t dim_;
  int level_ = 0;
  std::vector<Cell> cells_;  // sorted
  std::vector<double> points_;
  double retired_;  // log of the mass of cells that were left as they were
  double log_integral_;
  double best_seed_;  // the highest f at a seed
  bool done_ = false, resolved_ = false;
};

}  // namespace elbo::eval
