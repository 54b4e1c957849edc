// Dataset: named splits of rows, with labels and image geometry where there are any.
//
//   const Dataset data = load_dataset({.name = "fashion-mnist", .validation = 10000});      // registry.h
//   data.split(Split::kTrain).rows;     // u8 [50000, 784], grey values 0..255
//   data.value_scale;                   // 255: the graph divides by it, so that bytes stay bytes until there
//
// Rows are u8 as long as their source is, else f32; every value is finite.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

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

struct SplitData {
  Array rows{DType::kU8, {0, 0}};  // [count, dim], u8 or f32; an image row by row, its channels innermost
  std::optional<Array> labels;     // i32 [count]

  int64_t count() const { return rows.shape()[0]; }
};

struct Dataset {
  std::string name;
  SplitData train;
  SplitData validation;  // either may be empty
  SplitData test;
  ImageGeometry image;
  float value_scale = 1;  // stored value / value_scale is the value meant: 255 for grey bytes
  Binarization binarization = Binarization::kNone;
  std::optional<double> entropy;  // of the true density, nats, where it is known

  int64_t dim() const { return train.rows.shape()[1]; }
  bool has(Split split) const;
  // DataError when the data set has no such split.
  const SplitData& split(Split split) const;
  // A split's rows as f32 [count, dim], divided by value_scale.
  Array values(Split split) const;
};

struct DatasetOptions {
  std::string name = "fashion-mnist";  // one of the registry, with what it asks for after a colon: "npy:faces.npy"
  std::string folder;                  // where the files are; empty: the data set's own place, or ELBO_DATA
  std::string file;                    // for npy, npz and csv, if not said in the name
  int64_t validation = 0;              // rows taken from the end of train, where there is no such split in the files
  Binarization binarization = Binarization::kNone;
  int64_t limit_train = 0;  // only the first so many rows; 0: all
  int64_t limit_validation = 0;
  int64_t limit_test = 0;
  // A table without splits is shuffled by the seed and cut: train, then validation, then test.
  double validation_share = 0.1;  // not used when `validation` says how many rows
  double test_share = 0.1;
  int64_t rows = 10000;  // generators: training rows; validation (unless said) and test have 2000
  uint64_t seed = 0;     // of that shuffle and of the generators
  int64_t height = 0;    // with width: the flat rows are images of this size
  int64_t width = 0;
  std::string label_column;  // csv: name, number from 1 on, or "last"; empty: all columns are values
  ReadLimits limits;
};

// DataError unless every value / value_scale lies in [0, 1], as a Bernoulli likelihood needs.  `who` asks.
void require_unit_range(const Dataset& dataset, std::string_view who);

}  // namespace elbo::data
