#include <algorithm>
#include <array>
#include <cmath>

#include "elbo/report/curve_internal.h"

namespace elbo::report {
namespace {

// `count` points from `first` on, which share a pixel column.
void keep_extremes(const Run& run, size_t first, size_t count, Run& out) {
  const auto begin = run.begin() + static_cast<std::ptrdiff_t>(first);
  const auto end = begin + static_cast<std::ptrdiff_t>(count);
  const auto by_y = [](const CurvePoint& p, const CurvePoint& q) { return p.y < q.y; };
  const auto [lowest, highest] = std::minmax_element(begin, end, by_y);
  double band_low = begin->band_low, band_high = begin->band_high;
  for (auto p = begin; p != end; ++p) {
    // Pixels grow downwards: the lower edge is the larger number.
    band_low = std::max(band_low, p->band_low);
    band_high = std::min(band_high, p->band_high);
  }
  std::array kept{begin, lowest, highest, end - 1};
  std::ranges::sort(kept);
  for (size_t i = 0; i < kept.size(); ++i) {
    if (i > 0 && kept[i] == kept[i - 1]) continue;
    out.push_back({.x = kept[i]->x, .y = kept[i]->y, .band_low = band_low, .band_high = band_high});
  }
}

}  // namespace

Run thinned(const Run& run) {
  constexpr size_t kShort = 1000;
  const bool rising = std::ranges::is_sorted(run, {}, &CurvePoint::x);
  if (run.size() <= kShort || !rising) return run;
  Run out;
  for (size_t first = 0; first < run.size();) {
    const double column = std::floor(run[first].x);
    size_t count = 1;
    while (first + count < run.size() && std::floor(run[first + count].x) == column) ++count;
    keep_extremes(run, first, count, out);
    first += count;
  }
  return out;
}

}  // namespace elbo::report
