// Data sets in files of the user's own: NPY, NPZ and CSV.
#include <charconv>

#include "elbo/data/csv.h"
#include "elbo/data/npy.h"
#include "elbo/data/npz.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

fs::path required_path(const DatasetEntry& entry, const DatasetOptions& options) {
  if (options.file.empty()) {
    throw ConfigError("data set " + entry.name + ": no file given; name it as in " + entry.name + ":FILE");
  }
  const fs::path path(options.file);
  return path.is_relative() && !options.folder.empty() ? fs::path(options.folder) / path : path;
}

Dataset from_one_array(const DatasetEntry& entry, Array array, const std::string& source,
                       const DatasetOptions& options) {
  Dataset dataset{.name = entry.name, .image = geometry_of(array.shape())};
  SplitData all{.rows = as_rows(std::move(array), source)};
  require_finite(all, source);
  dataset.value_scale = scale_of(all.rows);
  split_by_shares(dataset, std::move(all), options);
  return dataset;
}

Dataset load_npy(const DatasetEntry& entry, const DatasetOptions& options) {
  const fs::path path = required_path(entry, options);
  return from_one_array(entry, read_npy(path, options.limits), shown(path), options);
}

// A split of an archive, from the first of the member names that is there; empty when none is.
SplitData read_members(const Npz& npz, const std::string& source, std::initializer_list<const char*> suffixes,
                       ImageGeometry& image) {
  for (const std::string suffix : suffixes) {
    const std::string rows_name = "x_" + suffix, labels_name = "y_" + suffix;
    if (!npz.has(rows_name)) continue;
    Array array = npz.read(rows_name);
    image = geometry_of(array.shape());
    SplitData split{.rows = as_rows(std::move(array), source + ", member " + rows_name)};
    require_finite(split, source + ", member " + rows_name);
    if (npz.has(labels_name)) {
      split.labels = as_labels(npz.read(labels_name), split.count(), source + ", member " + labels_name);
    }
    return split;
  }
  return {};
}

void require_like_train(const Dataset& dataset, const SplitData& split, Split which, const std::string& source) {
  if (split.count() == 0) return;
  if (split.rows.shape()[1] == dataset.dim() && split.rows.dtype() == dataset.train.rows.dtype()) return;
  throw DataError(source + ": its " + std::string(name_of(which)) + " rows are " + to_string(split.rows.shape()) + " " +
                  std::string(name_of(split.rows.dtype())) + "; those of train are " +
                  to_string(dataset.train.rows.shape()) + " " + std::string(name_of(dataset.train.rows.dtype())));
}

Dataset load_npz(const DatasetEntry& entry, const DatasetOptions& options) {
  const fs::path path = required_path(entry, options);
  const std::string source = shown(path);
  const Npz npz(path, options.limits);
  const std::vector<std::string> names = npz.names();
  if (!npz.has("x_train")) {
    if (names.size() == 1) return from_one_array(entry, npz.read(names[0]), source, options);
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw DataError(source + ": has the members " + (known.empty() ? "none" : known) +
                    "; x_train (with x_test, y_train, y_test and so on) or a single array is required");
  }
  Dataset dataset{.name = entry.name};
  ImageGeometry ignored;
  dataset.train = read_members(npz, source, {"train"}, dataset.image);
  dataset.validation = read_members(npz, source, {"validation", "valid", "val"}, ignored);
  dataset.test = read_members(npz, source, {"test"}, ignored);
  dataset.value_scale = scale_of(dataset.train.rows);
  require_like_train(dataset, dataset.validation, Split::kValidation, source);
  require_like_train(dataset, dataset.test, Split::kTest, source);
  if (options.validation != 0 && dataset.validation.count() > 0) {
    throw ConfigError("validation = " + std::to_string(options.validation) + ": " + source +
                      " has a validation split of its own; leave it at 0");
  }
  take_validation(dataset, options.validation);
  return dataset;
}

// The place of the column that the options name.
int64_t label_column(const CsvTable& table, const std::string& asked, const std::string& source) {
  const int64_t columns = table.values.shape()[1];
  if (asked == "last") return columns - 1;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i] == asked) return static_cast<int64_t>(i);
  }
  int64_t number = 0;
  const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), number);
  if (error != std::errc() || end != asked.data() + asked.size() || number < 1 || number > columns) {
    throw ConfigError("label_column = \"" + asked + "\": " + source + " has " + std::to_string(columns) +
                      " columns; a name of its header, a number from 1 on, or \"last\" is required");
  }
  return number - 1;
}

Dataset load_csv(const DatasetEntry& entry, const DatasetOptions& options) {
  const fs::path path = required_path(entry, options);
  const std::string source = shown(path);
  CsvTable table = read_csv(path, {.limits = options.limits});
  if (options.label_column.empty()) return from_one_array(entry, std::move(table.values), source, options);
  const int64_t rows = table.values.shape()[0], columns = table.values.shape()[1];
  const int64_t column = label_column(table, options.label_column, source);
  if (columns == 1) throw DataError(source + ": has no column beside the one of labels");
  Array values(DType::kF32, {rows, columns - 1});
  Array labels(DType::kF64, {rows});
  const auto from = table.values.values<double>();
  const auto to = values.values<float>();
  size_t next = 0;
  for (size_t i = 0; i < from.size(); ++i) {
    const auto at = static_cast<int64_t>(i) % columns;
    if (at == column) {
      labels.values<double>()[i / static_cast<size_t>(columns)] = from[i];
    } else {
      to[next++] = static_cast<float>(from[i]);
    }
  }
  Dataset dataset{.name = entry.name};
  SplitData all{.rows = std::move(values), .labels = as_labels(std::move(labels), rows, source)};
  require_finite(all, source);
  split_by_shares(dataset, std::move(all), options);
  return dataset;
}

}  // namespace

std::vector<DatasetEntry> table_entries() {
  return {
      {.name = "npy",
       .argument = "FILE",
       .summary = "one array [rows, ...], shuffled by the seed and cut 80 / 10 / 10",
       .origin = "NumPy .npy file",
       .load = load_npy},
      {.name = "npz",
       .argument = "FILE",
       .summary = "members x_train, x_validation, x_test, y_... as far as they are there; or one array, cut as npy",
       .origin = "NumPy .npz file",
       .load = load_npz},
      {.name = "csv",
       .argument = "FILE",
       .summary = "a table of numbers separated by ',', ';' or blanks, shuffled by the seed and cut 80 / 10 / 10",
       .origin = "text file",
       .load = load_csv},
  };
}

}  // namespace elbo::data
