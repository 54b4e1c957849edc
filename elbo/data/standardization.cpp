#include "elbo/data/standardization.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "elbo/data/array_visit_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

void require_columns(const Array& rows, size_t columns) {
  if (rows.shape().rank() == 2 && rows.shape()[1] == static_cast<int64_t>(columns)) return;
  throw ShapeError("standardization of " + std::to_string(columns) + " columns: does not fit rows " +
                   to_string(rows.shape()));
}

// map(value, column) over all values.
template <typename Map>
Array mapped(const Array& rows, size_t columns, Map map) {
  require_columns(rows, columns);
  Array result = rows.cast(DType::kF64);
  const auto values = result.values<double>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = map(values[i], i % columns);
  return rows.dtype() == DType::kF64 ? result : result.cast(DType::kF32);
}

}  // namespace

Standardization Standardization::of(const Array& rows) {
  std::vector<int64_t> all(rows.shape().rank() > 0 ? static_cast<size_t>(rows.shape()[0]) : 0);
  std::iota(all.begin(), all.end(), int64_t{0});
  return of(rows, all);
}

Standardization Standardization::of(const Array& rows, std::span<const int64_t> which) {
  if (rows.shape().rank() != 2 || rows.elements() == 0 || which.empty()) {
    throw DataError("standardization: rows " + to_string(rows.shape()) +
                    " given; [count, dim] of at least one required");
  }
  const auto columns = static_cast<size_t>(rows.shape()[1]);
  const auto count = static_cast<double>(which.size());
  Standardization result{.mean = std::vector<double>(columns, 0), .scale = std::vector<double>(columns, 1)};
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  std::vector<double> low(columns, kInfinity), high(columns, -kInfinity), sums(columns, 0), largest(columns);
  const auto for_each = [&](auto&& take) {
    visit_values(rows, [&](const auto values) {
      for (const int64_t row : which) {
        const auto* first = values.data() + static_cast<size_t>(row) * columns;
        for (size_t column = 0; column < columns; ++column) take(row, column, static_cast<double>(first[column]));
      }
    });
  };
  for_each([&](int64_t row, size_t column, double value) {
    if (!std::isfinite(value)) {
      throw DataError("standardization: row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) +
                      " is not finite");
    }
    low[column] = std::min(low[column], value);
    high[column] = std::max(high[column], value);
    result.mean[column] += value / count;  // divided first: a sum of values near the largest would overflow
  });
  // Squares of deviations relative to the largest, for the same reason, and against underflow.
  for (size_t column = 0; column < columns; ++column) {
    largest[column] = std::max(high[column] - result.mean[column], result.mean[column] - low[column]);
  }
  for_each([&](int64_t /*row*/, size_t column, double value) {
    const double deviation = (value - result.mean[column]) / largest[column];
    sums[column] += deviation * deviation;
  });
  for (size_t column = 0; column < columns; ++column) {
    if (low[column] == high[column]) {
      result.mean[column] = low[column];
      result.constant_columns.push_back(static_cast<int64_t>(column));
    } else {
      result.scale[column] = largest[column] * std::sqrt(sums[column] / count);
    }
  }
  return result;
}

Array Standardization::apply(const Array& rows) const {
  return mapped(rows, mean.size(), [&](double x, size_t column) { return (x - mean[column]) / scale[column]; });
}

Array Standardization::undo(const Array& rows) const {
  return mapped(rows, mean.size(), [&](double y, size_t column) { return y * scale[column] + mean[column]; });
}

double Standardization::log_abs_det() const {
  double sum = 0;
  for (const double s : scale) sum -= std::log(s);
  return sum;
}

}  // namespace elbo::data
