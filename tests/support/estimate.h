// A mean with its standard error, for bounds of statistical tests.
#pragma once

#include <cmath>
#include <vector>

namespace elbo::testing_support {

struct Estimate {
  double mean = 0;
  double standard_error = 0;
};

inline Estimate estimate(const std::vector<double>& values) {
  Estimate e;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) e.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - e.mean) * (value - e.mean);
  e.standard_error = std::sqrt(squares / (count - 1) / count);
  return e;
}

}  // namespace elbo::testing_support
