// Quantiles of draws.
#pragma once

#include <algorithm>
#include <cstddef>
#include <vector>

namespace elbo::eval {

// Of values in order, at least one: where `share` of them lies below, by linear interpolation between two of them
// (Hyndman & Fan 1996, type 7).  share is from 0 to 1.
template <typename T>
double quantile(const std::vector<T>& sorted, double share) {
  const double place = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(place);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  const auto low = static_cast<double>(sorted[below]), high = static_cast<double>(sorted[above]);
  return low + (place - static_cast<double>(below)) * (high - low);
}

}  // namespace elbo::eval
