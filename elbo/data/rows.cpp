#include <algorithm>
#include <cmath>
#include <cstring>

#include "elbo/data/batches.h"
#include "elbo/data/random.h"
#include "elbo/data/rows_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

Array slice(const Array& array, int64_t first, int64_t count) {
  Shape shape = array.shape();
  const size_t row_bytes = shape[0] > 0 ? array.bytes() / static_cast<size_t>(shape[0]) : 0;
  shape.set(0, count);
  Array result(array.dtype(), shape);
  if (result.bytes() > 0) {
    std::memcpy(result.data(), array.data() + static_cast<size_t>(first) * row_bytes, result.bytes());
  }
  return result;
}

Array gathered(const Array& array, std::span<const int64_t> rows) {
  Shape shape = array.shape();
  shape.set(0, static_cast<int64_t>(rows.size()));
  Array result(array.dtype(), shape);
  gather(array, rows, result);
  return result;
}

}  // namespace

SplitData part_of(const SplitData& split, int64_t first, int64_t count) {
  SplitData part;
  for (const auto& [name, array] : split.arrays()) part.set(name, slice(array, first, count));
  return part;
}

SplitData picked(const SplitData& split, std::span<const int64_t> rows) {
  SplitData result;
  for (const auto& [name, array] : split.arrays()) result.set(name, gathered(array, rows));
  return result;
}

void take_validation(Dataset& dataset, const Settings& settings) {
  const int64_t rows = settings.integer("validation");
  if (rows == 0) return;
  const int64_t count = dataset.train.count();
  if (rows >= count) {
    settings.refuse("validation", "data set " + dataset.name + " has " + std::to_string(count) +
                                      " training rows, of which at least 1 must be left");
  }
  dataset.validation = part_of(dataset.train, count - rows, rows);
  dataset.train = part_of(dataset.train, 0, count - rows);
}

void split_by_shares(Dataset& dataset, const SplitData& all, const Settings& settings) {
  const int64_t count = all.count();
  const auto share_of = [&](const char* key) {
    return static_cast<int64_t>(std::floor(static_cast<double>(count) * settings.number(key)));
  };
  const int64_t asked = settings.integer("validation");
  const int64_t test = share_of("test_share");
  const int64_t validation = asked > 0 ? asked : share_of("validation_share");
  const int64_t train = count - test - validation;
  if (train < 1) {
    settings.refuse(asked > 0 ? "validation" : "validation_share",
                    "data set " + dataset.name + " has " + std::to_string(count) +
                        " rows: " + std::to_string(validation) + " for validation and " + std::to_string(test) +
                        " for test leave none to train on");
  }
  const RandomSource source{.seed = static_cast<uint64_t>(settings.integer("seed")), .purpose = Purpose::kSplit};
  const std::vector<int64_t> order = permutation(count, source);
  const std::span<const int64_t> rows(order);
  const auto train_end = static_cast<size_t>(train), validation_end = static_cast<size_t>(train + validation);
  dataset.train = picked(all, rows.first(train_end));
  dataset.validation = picked(all, rows.subspan(train_end, validation_end - train_end));
  dataset.test = picked(all, rows.subspan(validation_end));
}

Array as_rows(Array array, const std::string& source) {
  const Shape& shape = array.shape();
  if (shape.rank() == 0 || array.elements() == 0) {
    throw DataError(source + ": holds " + to_string(shape) + " values; at least one row is required");
  }
  const Shape flat{shape[0], array.elements() / shape[0]};
  if (array.dtype() == DType::kF64 || array.dtype() == DType::kI32) return array.cast(DType::kF32).reshaped(flat);
  return shape == flat ? std::move(array) : array.reshaped(flat);
}

Array as_labels(Array array, int64_t rows, const std::string& source) {
  const Shape& shape = array.shape();
  const bool column = shape.rank() == 2 && shape[1] == 1;
  if (shape.rank() != 1 && !column) {
    throw DataError(source + ": holds labels " + to_string(shape) + "; one a row is required");
  }
  if (shape[0] != rows) {
    throw DataError(source + ": holds " + std::to_string(shape[0]) + " labels for " + std::to_string(rows) + " rows");
  }
  if (array.dtype() == DType::kF32 || array.dtype() == DType::kF64) {
    const Array wide = array.cast(DType::kF64);
    for (const double label : wide.values<double>()) {
      if (!(std::abs(label) <= 0x7fffffff) || label != std::floor(label)) {
        throw DataError(source + ": holds the label " + std::to_string(label) + "; whole numbers are required");
      }
    }
  }
  return array.cast(DType::kI32).reshaped({rows});
}

ImageGeometry geometry_of(const Shape& shape) {
  if (shape.rank() == 3) return {.height = shape[1], .width = shape[2], .channels = 1};
  if (shape.rank() == 4 && shape[3] >= 1 && shape[3] <= 4) {
    return {.height = shape[1], .width = shape[2], .channels = shape[3]};
  }
  return {};
}

float scale_of(const Array& rows) {
  if (rows.dtype() != DType::kU8) return 1;
  const auto values = rows.values<uint8_t>();
  return std::all_of(values.begin(), values.end(), [](uint8_t value) { return value <= 1; }) ? 1 : 255;
}

void require_finite(const Array& rows, const std::string& source) {
  if (rows.dtype() != DType::kF32 || rows.elements() == 0) return;
  const auto values = rows.values<float>();
  const auto dim = static_cast<size_t>(rows.shape()[1]);
  for (size_t i = 0; i < values.size(); ++i) {
    if (std::isfinite(values[i])) continue;
    throw DataError(source + ": row " + std::to_string(i / dim + 1) + ", column " + std::to_string(i % dim + 1) +
                    " is " + (std::isnan(values[i]) ? "NaN" : "infinite in single precision") +
                    "; finite values are required");
  }
}

}  // namespace elbo::data
