#include "elbo/data/standardization.h"

#include <algorithm>
#include <cmath>

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
  if (rows.shape().rank() != 2 || rows.elements() == 0) {
    throw DataError("standardization: rows " + to_string(rows.shape()) +
                    " given; [count, dim] of at least one required");
  }
  const auto count = static_cast<size_t>(rows.shape()[0]), columns = static_cast<size_t>(rows.shape()[1]);
  const Array wide = rows.cast(DType::kF64);
  const auto values = wide.values<double>();
  Standardization result{.mean = std::vector<double>(columns, 0), .scale = std::vector<double>(columns, 1)};
  for (size_t column = 0; column < columns; ++column) {
    double low = values[column], high = values[column];
    double mean = 0;
    for (size_t row = 0; row < count; ++row) {
      const double value = values[row * columns + column];
      if (!std::isfinite(value)) {
        throw DataError("standardization: row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) +
                        " is not finite");
      }
      low = std::min(low, value);
      high = std::max(high, value);
      mean += value / static_cast<double>(count);  // divided first: a sum of values near the largest would overflow
    }
    if (low == high) {
      result.mean[column] = low;
      result.constant_columns.push_back(static_cast<int64_t>(column));
      continue;
    }
    // Squares of deviations relative to the largest, for the same reason, and against underflow.
    const double largest = std::max(high - mean, mean - low);
    double sum = 0;
    for (size_t row = 0; row < count; ++row) {
      const double deviation = (values[row * columns + column] - mean) / largest;
      sum += deviation * deviation;
    }
    result.mean[column] = mean;
    result.scale[column] = largest * std::sqrt(sum / static_cast<double>(count));
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
