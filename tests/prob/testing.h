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
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"
#include "tests/support/message.h"

namespace elbo::testing_support {

// Column `col` of rows [n, cols].
inline std::vector<double> column(const std::vector<double>& values, size_t cols, size_t col) {
  std::vector<double> result;
  for (size_t i = col; i < values.size(); i += cols) result.push_back(values[i]);
  return result;
}

}  // namespace elbo::testing_support
