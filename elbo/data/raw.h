// RawDataset: what the files of a data set hold, before it is decided what a model makes of them.
//
//   const RawDataset raw = read_dataset(settings.part("data"));          // registry.h
//   const Dataset dataset = encoded(raw, settings.part("data"), needs);  // as a model with such needs reads it
//
// Splits are lists of rows of a source, so that a table is held once however it is cut.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/engine/array.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

// Rows in the order of their file.
struct RawColumns {
  Array x;                         // [n, dim], u8, i32, f32 or f64, every value finite
  std::optional<Array> label;      // i32 [n]
  std::optional<Array> context{};  // [n, context_dim], as x: what x is given
};

struct RawSplit {
  std::shared_ptr<const RawColumns> source;
  std::vector<int64_t> rows;  // of the source, counted from 0
  std::string place;          // the file, and the member of it, for messages

  int64_t count() const { return static_cast<int64_t>(rows.size()); }
};

// All rows of a source, in their order.
RawSplit whole(RawColumns columns, std::string place);

struct RawDataset {
  std::string name;
  RawSplit train, validation, test;  // the last two may be empty
  ImageGeometry image;
  bool is_grey = false;  // images by what the data set is: values of bytes are grey from 0 to 1, and so are figures
  bool is_binarized = false;    // bits, drawn once and for all by whoever made the files
  bool is_cut = false;          // the splits were cut from one table, by a seed or a list
  TableLayout layout;           // of a table's file
  std::vector<Source> sources;  // the files
  std::vector<std::string> remarks;
  std::optional<double> entropy;

  int64_t dim() const { return (train.source ? train : test).source->x.shape()[1]; }
};

// What a model with these needs reads.  ConfigError for settings that do not fit the data, DataError for values that do
// not.
Dataset encoded(const RawDataset& raw, const Settings& data, const ValueNeeds& needs = {});
// Points [n, dim] in the units of the data, as its models read rows: the test split of the result.
Dataset like(const Dataset& dataset, const Array& points);
// By encodings that were decided before, of x and of the context where there is one.
Dataset encoded(const RawDataset& raw, const Settings& data, const Encoding& encoding,
                const std::optional<Encoding>& context = {});

}  // namespace elbo::data
