// What the tests of distributions share: values as arrays, means with their standard errors.
#pragma once

#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/engine/interpreter.h"
#include "elbo/settings/error.h"

namespace elbo::testing_support {

inline Array array_of(const Shape& shape, const std::vector<double>& values) {
  return Array::of<double>(shape, values);
}

inline std::vector<double> values_of(const Array& array) {
  const auto values = array.values<double>();
  return {values.begin(), values.end()};
}

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

// Column `col` of rows [n, cols].
inline std::vector<double> column(const std::vector<double>& values, size_t cols, size_t col) {
  std::vector<double> result;
  for (size_t i = col; i < values.size(); i += cols) result.push_back(values[i]);
  return result;
}

inline std::string message_of(const std::function<void()>& action) {
  try {
    action();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

}  // namespace elbo::testing_support
