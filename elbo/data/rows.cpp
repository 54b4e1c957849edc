#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

#include "elbo/data/array_visit_internal.h"
#include "elbo/data/bytes.h"
#include "elbo/data/random.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/split_file_internal.h"
#include "elbo/io/checksum.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

std::vector<int64_t> all_rows(int64_t count) {
  std::vector<int64_t> rows(static_cast<size_t>(count));
  std::iota(rows.begin(), rows.end(), int64_t{0});
  return rows;
}

void cut_by_shares(RawDataset& dataset, const std::vector<int64_t>& kept, const Settings& settings) {
  const auto count = static_cast<int64_t>(kept.size());
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
  std::vector<int64_t> order = permutation(count, source);
  for (int64_t& row : order) row = kept[static_cast<size_t>(row)];
  const auto train_end = order.begin() + train, validation_end = train_end + validation;
  dataset.train.rows.assign(order.begin(), train_end);
  dataset.validation.rows.assign(train_end, validation_end);
  dataset.test.rows.assign(validation_end, order.end());
}

}  // namespace

RawSplit whole(RawColumns columns, std::string place) {
  const int64_t count = columns.x.shape()[0];
  return {.source = std::make_shared<const RawColumns>(std::move(columns)),
          .rows = all_rows(count),
          .place = std::move(place)};
}

void take_validation(RawDataset& dataset, const Settings& settings) {
  const int64_t rows = settings.integer("validation");
  if (rows == 0) return;
  const int64_t count = dataset.train.count();
  if (rows >= count) {
    settings.refuse("validation", "data set " + dataset.name + " has " + std::to_string(count) +
                                      " training rows, of which at least 1 must be left");
  }
  dataset.validation = dataset.train;
  dataset.validation.rows.erase(dataset.validation.rows.begin(), dataset.validation.rows.end() - rows);
  dataset.train.rows.resize(static_cast<size_t>(count - rows));
}

void cut(RawDataset& dataset, RawColumns columns, std::vector<int64_t> kept, std::string place,
         const Settings& settings) {
  dataset.is_cut = true;
  const int64_t count = columns.x.shape()[0];
  const RawSplit all{.source = std::make_shared<const RawColumns>(std::move(columns)), .place = std::move(place)};
  dataset.train = dataset.validation = dataset.test = all;
  if (settings.text("split_file").empty()) {
    cut_by_shares(dataset, kept, settings);
  } else {
    cut_by_file(dataset, kept, count, settings);
  }
}

std::vector<Option> cut_settings() {
  return {
      Number{.key = "validation_share",
             .value = 0.1,
             .meaning = "share of a table without splits that is for validation, unless validation says how many rows",
             .limits = {.at_least = 0, .below = 1}},
      Number{.key = "test_share",
             .value = 0.1,
             .meaning = "share of a table without splits that is for testing",
             .limits = {.at_least = 0, .below = 1}},
      Integer{.key = "seed",
              .value = 0,
              .meaning = "seed of how a table without splits is shuffled before it is cut",
              .limits = {.at_least = 0}},
      Text{.key = "split_file",
           .value = "",
           .meaning = "which row is in which split, in place of seed and shares: one of train, validation, test or "
                      "none a line, an .npy array of 0 to 3 as a run's split.npy, or an .npz archive of row numbers "
                      "from 0 on under those names"},
  };
}

Array as_rows(Array array, const std::string& source) {
  const Shape& shape = array.shape();
  if (shape.rank() == 0 || array.elements() == 0) {
    throw DataError(source + ": holds " + to_string(shape) + " values; at least one row is required");
  }
  const Shape flat{shape[0], array.elements() / shape[0]};
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

void require_finite(const Array& rows, const std::string& source) {
  if (rows.dtype() != DType::kF32 && rows.dtype() != DType::kF64) return;
  if (rows.elements() == 0) return;
  const auto dim = static_cast<size_t>(rows.shape()[1]);
  visit_values(rows, [&](const auto values) {
    for (size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<double>(values[i]);
      if (std::isfinite(value)) continue;
      throw DataError(source + ": row " + std::to_string(i / dim + 1) + ", column " + std::to_string(i % dim + 1) +
                      " is " + (std::isnan(value) ? "NaN" : "infinite") + "; finite values are required");
    }
  });
}

Source source_of(const std::filesystem::path& path) {
  std::error_code error;
  Source source{.path = std::filesystem::absolute(path, error).lexically_normal()};
  const File file(path);
  source.size = file.size();
  io::Xxh128 hash;
  std::vector<std::byte> block(1 << 20);
  for (int64_t offset = 0; offset < source.size;) {
    const size_t got = file.read_at(offset, block);
    if (got == 0) break;
    hash.update(std::span(block).first(got));
    offset += static_cast<int64_t>(got);
  }
  source.hash = hash.hex();
  return source;
}

}  // namespace elbo::data
