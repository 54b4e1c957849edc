// What the loaders of data sets share: cutting, labels and turning arrays into rows.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "elbo/data/dataset.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

// The rows [first, first + count) of every array of a split.
SplitData part_of(const SplitData& split, int64_t first, int64_t count);
// The named rows in the order given.
SplitData picked(const SplitData& split, std::span<const int64_t> rows);

// Moves as many rows as `validation` says from the end of train into validation; ConfigError when that leaves none.
void take_validation(Dataset& dataset, const Settings& settings);

// Shuffles all rows by `seed` and cuts them into the three splits by `validation_share`, or `validation`, and
// `test_share`.
void split_by_shares(Dataset& dataset, const SplitData& all, const Settings& settings);

// An array [count, ...] of any dtype as rows [count, dim]: u8 stays, the others become f32.
Array as_rows(Array array, const std::string& source);
// An array [count] of whole numbers as i32 [count], which must be as many as there are rows.
Array as_labels(Array array, int64_t rows, const std::string& source);

// Geometry of an array [count, height, width] or [count, height, width, 1 to 4 channels]; none for other ranks.
ImageGeometry geometry_of(const Shape& shape);
// 255 for bytes, but 1 for bytes that are all 0 or 1; 1 for other dtypes.
float scale_of(const Array& rows);

// DataError for a value that is not finite, with its row and column, both from 1 on.
void require_finite(const Array& rows, const std::string& source);

}  // namespace elbo::data
