// Dataset: named splits, each of named arrays with a row for every example, and what is known of them.
//
//   const Dataset data = load_dataset("fashion-mnist", {"validation=10000"});      // registry.h
//   data.split(Split::kTrain).array("x");      // u8 [50000, 784], grey values 0..255
//   data.split(Split::kTrain).array("label");  // i32 [50000]
//   data.column("x").values;                   // Values::kUnit: what a model is fed with
//   data.value_scale;                          // 255: the graph divides by it, so that bytes stay bytes until there
//   data.encoding;                             // how the values came of those of the files, and go back
//
// "x" is there always: [count, dim], u8 where the files hold bytes and nothing is standardized, else f32, every value
// finite.  "label", where there is one, is i32 [count].  "context", what x is given where a model asks for that, is f32
// [count, context_dim], standardized.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "elbo/data/encoding.h"
#include "elbo/engine/array.h"
#include "elbo/settings/columns.h"

namespace elbo::data {

enum class Split : uint8_t { kTrain, kValidation, kTest };
std::string_view name_of(Split split);     // "train", "validation", "test"
Split split_named(std::string_view name);  // ConfigError for another name

// How grey values become zeros and ones.
enum class Binarization : uint8_t {
  kNone,       // not at all: a grey value is the mean of a Bernoulli
  kDynamic,    // drawn anew at every visit, in the graph; rows stay grey
  kThreshold,  // 1 from half of the scale on
  kFile,       // once and for all, by whoever made the file
};
std::string_view name_of(Binarization binarization);  // "none", "dynamic", "threshold", "file"
Binarization binarization_named(std::string_view name);

struct ImageGeometry {
  int64_t height = 0;  // all zero: the rows are no images
  int64_t width = 0;
  int64_t channels = 0;

  bool is_image() const { return height > 0; }
  int64_t dim() const { return height * width * channels; }
  friend bool operator==(const ImageGeometry&, const ImageGeometry&) = default;
};

// Arrays by name, all with the same number of rows: [count, ...].
class SplitData {
 public:
  using NamedArray = std::pair<std::string, Array>;

  SplitData() = default;
  SplitData(std::initializer_list<NamedArray> arrays);

  // In place of one of that name, if there is one.  DataError unless it has as many rows as the others.
  void set(std::string name, Array array);

  int64_t count() const { return arrays_.empty() ? 0 : arrays_.front().second.shape()[0]; }
  bool has(std::string_view name) const { return find(name) != nullptr; }
  // DataError that lists the names there are.
  const Array& array(std::string_view name) const;
  const std::vector<NamedArray>& arrays() const { return arrays_; }

  // Where each row stands in its file, counted from 0; empty: rows come from no file, or were made by hand.
  const std::vector<int64_t>& rows() const { return rows_; }
  void set_rows(std::vector<int64_t> rows) { rows_ = std::move(rows); }
  // As users count, from 1 on, and in the file where there is one.
  int64_t number_of(int64_t row) const { return (rows_.empty() ? row : rows_[static_cast<size_t>(row)]) + 1; }

 private:
  const Array* find(std::string_view name) const;

  std::vector<NamedArray> arrays_;  // in the order in which they came
  std::vector<int64_t> rows_;
};

// Which columns of a table's file are what.
struct TableLayout {
  int64_t count = 0;                 // of the file; 0: the data are no table
  std::vector<std::string> names;    // of its header, as many; empty: it has none
  std::vector<int64_t> x;            // places of the columns of x, from 0
  std::vector<int64_t> context{};    // and of the context; empty: there is none, or it is no part of this table
  std::optional<int64_t> label;      // and of the labels
  std::vector<std::string> classes;  // words that the labels 0, 1, ... stand for; empty: they are numbers

  // Of the columns of x; empty without a header.
  std::vector<std::string> x_names() const;
  // The columns of the context as those of a table to be read, which may be all that a file has.
  TableLayout of_context(int64_t dim) const;
  // "column 3" of x, or "column 3 (alcohol)": its place in the file, from 1 on.
  std::string x_words(size_t column) const;
};

// A file that data came from, as it was when it was read.
struct Source {
  std::filesystem::path path;  // absolute
  int64_t size = 0;            // bytes
  std::string hash;            // XXH128 of them, 32 hexadecimal digits

  friend bool operator==(const Source&, const Source&) = default;
};

struct Dataset {
  std::string name;
  SplitData train;
  SplitData validation;  // either may be empty
  SplitData test;
  ImageGeometry image;    // of x, row by row, its channels innermost
  float value_scale = 1;  // stored value of x / value_scale is the value meant: 255 for grey bytes
  Binarization binarization = Binarization::kNone;
  std::optional<double> entropy;  // of the true density, nats, where it is known
  Encoding encoding{};            // of x; value_scale is part of it
  std::optional<Encoding> context_encoding{};
  TableLayout layout{};
  bool is_cut = false;                 // the splits were cut from one table
  int64_t rows_in_file = 0;            // that the first split came from, also those left out
  std::vector<Source> sources{};       // the files they came from
  std::vector<std::string> remarks{};  // what was done to the rows that may surprise
  std::vector<std::string> warnings{};

  // A split that is there: the training rows, but where all rows of a file are the test split.
  const SplitData& any() const { return train.count() > 0 ? train : test; }
  int64_t dim() const { return any().array("x").shape()[1]; }
  bool has(Split split) const;
  // DataError when the data set has no such split.
  const SplitData& split(Split split) const;

  // What models are fed with, column by column: x after division by value_scale and binarization.  The kind of values
  // is what the training rows hold: bits, if all are 0 or 1; unit, if all are from 0 to 1; counts, if the encoding
  // keeps whole numbers; else reals.  Labels are levels, as many as the highest of any split asks for.
  std::vector<ColumnFacts> columns() const;
  ColumnFacts column(std::string_view name) const;  // DataError when there is none

  // x of a split as models see it but for noise: f32 [count, dim], divided by value_scale.
  Array values(Split split) const;
  // x of a split in the units of the data: f64 [count, dim].
  Array original(Split split) const;
};

// DataError, with the first that is not, unless every value of a column is of this kind in every split.  `who` asks;
// `levels` says how many there are of levels, 0: any number.
void require_values(const Dataset& dataset, std::string_view column, Values kind, std::string_view who,
                    int64_t levels = 0);

}  // namespace elbo::data
