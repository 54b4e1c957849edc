#include "elbo/data/encoding.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

#include "elbo/data/array_visit_internal.h"
#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

void require_width(const Array& rows, int64_t dim) {
  if (rows.shape().rank() == 2 && rows.shape()[1] == dim) return;
  throw DataError("rows " + to_string(rows.shape()) + " given; rows of " + std::to_string(dim) + " are required");
}

Array as_bytes(const Array& rows, std::span<const int64_t> which) {
  Array result(DType::kU8, {static_cast<int64_t>(which.size()), rows.shape()[1]});
  const auto width = static_cast<size_t>(rows.shape()[1]);
  uint8_t* dst = result.values<uint8_t>().data();
  visit_values(rows, [&](const auto values) {
    for (const int64_t number : which) {
      const auto* row = values.data() + static_cast<size_t>(number) * width;
      for (size_t column = 0; column < width; ++column) *dst++ = static_cast<uint8_t>(row[column]);
    }
  });
  return result;
}

[[noreturn]] void refuse_value(double value, int64_t row, size_t column) {
  throw DataError("row " + std::to_string(row + 1) + ", column " + std::to_string(column + 1) + " is " +
                  to_literal(value) + (std::isfinite(value) ? ", beyond single precision" : "") +
                  "; finite values are required");
}

// map(value, column) in double, rounded once.
template <typename Map>
Array as_floats(const Array& rows, std::span<const int64_t> which, Map map) {
  Array result(DType::kF32, {static_cast<int64_t>(which.size()), rows.shape()[1]});
  const auto width = static_cast<size_t>(rows.shape()[1]);
  float* dst = result.values<float>().data();
  visit_values(rows, [&](const auto values) {
    for (const int64_t number : which) {
      const auto* row = values.data() + static_cast<size_t>(number) * width;
      for (size_t column = 0; column < width; ++column) {
        const auto value = static_cast<double>(row[column]);
        const auto y = static_cast<float>(map(value, column));
        if (!std::isfinite(y)) refuse_value(value, number, column);
        *dst++ = y;
      }
    }
  });
  return result;
}

}  // namespace

Array Encoding::encode(const Array& rows, std::span<const int64_t> which, bool bytes) const {
  require_width(rows, dim);
  if (bytes && !standardization) return as_bytes(rows, which);
  if (!standardization) return as_floats(rows, which, [&](double v, size_t /*column*/) { return v / divisor(); });
  const std::vector<double>&mean = standardization->mean, &deviation = standardization->scale;
  return as_floats(rows, which, [&](double v, size_t column) { return (v - mean[column]) / deviation[column]; });
}

Array Encoding::decode(const Array& y) const {
  require_width(y, dim);
  const auto width = static_cast<size_t>(dim);
  Array result(DType::kF64, y.shape());
  const auto src = y.values<float>();
  const auto dst = result.values<double>();
  const double half = dequantized ? 0.5 : 0.0;
  for (size_t i = 0; i < src.size(); ++i) {
    const size_t column = i % width;
    double v = static_cast<double>(src[i]);
    v = standardization ? v * standardization->scale[column] + standardization->mean[column] + half : v * divisor();
    if (dequantized) v = std::floor(v);
    dst[i] = v / unit;
  }
  return result;
}

Array Encoding::grey(const Array& y) const {
  if (!standardization && !dequantized && !whole) return y;
  Array values = decode(y);
  for (double& value : values.values<double>()) value *= unit / scale;
  return values.cast(DType::kF32);
}

double Encoding::log_abs_det() const {
  const double of_unit = static_cast<double>(dim) * std::log(unit);
  if (standardization) return of_unit + standardization->log_abs_det();
  return of_unit - static_cast<double>(dim) * std::log(divisor());
}

std::vector<double> Encoding::noise_width() const {
  if (!dequantized) return {};
  if (!standardization) return std::vector<double>(static_cast<size_t>(dim), 1 / scale);
  std::vector<double> width;
  for (const double deviation : standardization->scale) width.push_back(1 / deviation);
  return width;
}

bool holds_bytes(const Array& rows) {
  if (rows.dtype() == DType::kU8) return true;
  return visit_values(rows, [](const auto values) {
    return std::all_of(values.begin(), values.end(), [](const auto value) {
      const auto v = static_cast<double>(value);
      return std::isnan(v) || (v >= 0 && v <= 255 && v == std::floor(v));
    });
  });
}

std::pair<double, double> range_of(const Array& rows) {
  return visit_values(rows, [](const auto values) {
    double lowest = std::numeric_limits<double>::infinity(), highest = -lowest;
    for (const auto value : values) {
      const auto v = static_cast<double>(value);
      if (v < lowest) lowest = v;
      if (v > highest) highest = v;
    }
    return std::pair(lowest, highest);
  });
}

}  // namespace elbo::data
