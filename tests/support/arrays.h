// Arrays in and out of a test.
#pragma once

#include <cmath>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::testing_support {

inline Array array_of(const Shape& shape, const std::vector<double>& values) {
  return Array::of<double>(shape, values);
}

// sin(step·i): values that do not matter, but differ.
inline Array waves(const Shape& shape, double step = 1) {
  Array array(DType::kF32, shape);
  const auto values = array.values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>(std::sin(step * static_cast<double>(i)));
  }
  return array;
}

template <typename T = double>
std::vector<double> values_of(const Array& array) {
  const auto values = array.values<T>();
  return {values.begin(), values.end()};
}

// Of two arrays of f64.
inline double largest_difference(const Array& a, const Array& b) {
  double largest = 0;
  for (size_t i = 0; i < a.values<double>().size(); ++i) {
    const double difference = std::abs(a.values<double>()[i] - b.values<double>()[i]);
    if (!(difference <= largest)) largest = difference;  // NaN too
  }
  return largest;
}

}  // namespace elbo::testing_support
