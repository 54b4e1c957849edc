// What the loaders of data sets share: cutting, labels and turning arrays into rows.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "elbo/data/raw.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

// Moves as many rows as `validation` says from the end of train into validation; ConfigError when that leaves none.
void take_validation(RawDataset& dataset, const Settings& settings);

// Cuts the rows `kept` of a source into the three splits: as `split_file` says, or shuffled by `seed` and by
// `validation_share`, or `validation`, and `test_share`.
void cut(RawDataset& dataset, RawColumns columns, std::vector<int64_t> kept, std::string place,
         const Settings& settings);
// What `cut` asks for.
std::vector<Option> cut_settings();

// An array [count, ...] as rows [count, dim].
Array as_rows(Array array, const std::string& source);
// An array [count] of whole numbers as i32 [count], which must be as many as there are rows.
Array as_labels(Array array, int64_t rows, const std::string& source);

// Geometry of an array [count, height, width] or [count, height, width, 1 to 4 channels]; none for other ranks.
ImageGeometry geometry_of(const Shape& shape);

// DataError for a value that is not finite, with its row and column, both from 1 on.
void require_finite(const Array& rows, const std::string& source);

// What is known of a file, read once more for its hash.
Source source_of(const std::filesystem::path& path);

}  // namespace elbo::data
