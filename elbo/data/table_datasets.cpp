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

fs::path required_path(const DatasetRow& row, const Settings& settings) {
  const fs::path path(settings.text("file"));
  if (path.empty()) {
    settings.refuse("file", "must name the file; so does data = \"" + std::string(row.name) + ":FILE\"");
  }
  const fs::path folder(settings.text("folder"));
  return path.is_relative() && !folder.empty() ? folder / path : path;
}

void apply_geometry(Dataset& dataset, const Settings& settings) {
  const ImageGeometry asked{.height = settings.integer("height"), .width = settings.integer("width"), .channels = 1};
  if (asked.height == 0 && asked.width == 0) return;
  if (asked.dim() != dataset.dim()) {
    settings.refuse("height", "times width = " + std::to_string(asked.width) + " must be the " +
                                  std::to_string(dataset.dim()) + " values of a row of " + dataset.name);
  }
  dataset.image = asked;
}

Dataset from_one_array(const DatasetRow& row, Array array, const std::string& source, const Settings& settings) {
  Dataset dataset{.name = std::string(row.name), .image = geometry_of(array.shape())};
  Array x = as_rows(std::move(array), source);
  require_finite(x, source);
  dataset.value_scale = scale_of(x);
  split_by_shares(dataset, {{"x", std::move(x)}}, settings);
  apply_geometry(dataset, settings);
  return dataset;
}

Dataset load_npy(const DatasetRow& row, const Settings& settings) {
  const fs::path path = required_path(row, settings);
  return from_one_array(row, read_npy(path), shown(path), settings);
}

// A split of an archive, from the first of the member names that is there; empty when none is.
SplitData read_members(const Npz& npz, const std::string& source, std::initializer_list<const char*> suffixes,
                       ImageGeometry& image) {
  for (const std::string suffix : suffixes) {
    const std::string rows_name = "x_" + suffix, labels_name = "y_" + suffix;
    if (!npz.has(rows_name)) continue;
    Array array = npz.read(rows_name);
    image = geometry_of(array.shape());
    SplitData split{{"x", as_rows(std::move(array), source + ", member " + rows_name)}};
    require_finite(split.array("x"), source + ", member " + rows_name);
    if (npz.has(labels_name)) {
      split.set("label", as_labels(npz.read(labels_name), split.count(), source + ", member " + labels_name));
    }
    return split;
  }
  return {};
}

void require_like_train(const Dataset& dataset, const SplitData& split, Split which, const std::string& source) {
  if (split.count() == 0) return;
  const Array &x = split.array("x"), &train = dataset.train.array("x");
  if (x.shape()[1] == train.shape()[1] && x.dtype() == train.dtype()) return;
  throw DataError(source + ": its " + std::string(name_of(which)) + " rows are " + to_string(x.shape()) + " " +
                  std::string(name_of(x.dtype())) + "; those of train are " + to_string(train.shape()) + " " +
                  std::string(name_of(train.dtype())));
}

Dataset load_npz(const DatasetRow& row, const Settings& settings) {
  const fs::path path = required_path(row, settings);
  const std::string source = shown(path);
  const Npz npz(path);
  const std::vector<std::string> names = npz.names();
  if (!npz.has("x_train")) {
    if (names.size() == 1) return from_one_array(row, npz.read(names[0]), source, settings);
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw DataError(source + ": has the members " + (known.empty() ? "none" : known) +
                    "; x_train (with x_test, y_train, y_test and so on) or a single array is required");
  }
  Dataset dataset{.name = std::string(row.name)};
  ImageGeometry ignored;
  dataset.train = read_members(npz, source, {"train"}, dataset.image);
  dataset.validation = read_members(npz, source, {"validation", "valid", "val"}, ignored);
  dataset.test = read_members(npz, source, {"test"}, ignored);
  dataset.value_scale = scale_of(dataset.train.array("x"));
  require_like_train(dataset, dataset.validation, Split::kValidation, source);
  require_like_train(dataset, dataset.test, Split::kTest, source);
  if (settings.integer("validation") != 0 && dataset.validation.count() > 0) {
    settings.refuse("validation", source + " has a validation split of its own; leave it at 0");
  }
  take_validation(dataset, settings);
  apply_geometry(dataset, settings);
  return dataset;
}

// The place of the column that the settings name.
int64_t label_column(const CsvTable& table, const Settings& settings, const std::string& source) {
  const std::string& asked = settings.text("label_column");
  const int64_t columns = table.values.shape()[1];
  if (asked == "last") return columns - 1;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    if (table.columns[i].name == asked) return static_cast<int64_t>(i);
  }
  int64_t number = 0;
  const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), number);
  if (error != std::errc() || end != asked.data() + asked.size() || number < 1 || number > columns) {
    settings.refuse("label_column", source + " has " + std::to_string(columns) +
                                        " columns; a name of its header, a number from 1 on, or \"last\" is required");
  }
  return number - 1;
}

Dataset load_csv(const DatasetRow& row, const Settings& settings) {
  const fs::path path = required_path(row, settings);
  const std::string source = shown(path);
  CsvTable table = read_csv(path);
  for (size_t i = 0; i < table.columns.size(); ++i) require_numbers(table, i, source);
  if (settings.text("label_column").empty()) return from_one_array(row, std::move(table.values), source, settings);
  const int64_t rows = table.values.shape()[0], columns = table.values.shape()[1];
  const int64_t column = label_column(table, settings, source);
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
  Dataset dataset{.name = std::string(row.name)};
  require_finite(values, source);
  split_by_shares(dataset, {{"x", std::move(values)}, {"label", as_labels(std::move(labels), rows, source)}}, settings);
  apply_geometry(dataset, settings);
  return dataset;
}

// What the three have in common.
std::vector<Option> table_settings() {
  return {
      Text{.key = "file", .value = "", .meaning = "the file, where the name does not say it"},
      Text{.key = "folder", .value = "", .meaning = "where the file is, if its name is relative"},
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
      Integer{.key = "height",
              .value = 0,
              .meaning = "with width: the rows are grey images of this size",
              .unit = "pixels",
              .limits = {.at_least = 0, .at_most = 65'536}},
      Integer{.key = "width",
              .value = 0,
              .meaning = "see height",
              .unit = "pixels",
              .limits = {.at_least = 0, .at_most = 65'536}},
  };
}

}  // namespace

const DatasetRow kNpy{.name = "npy",
                      .description = "one array [rows, ...], shuffled by the seed and cut 80 / 10 / 10",
                      .paper = {},
                      .origin = "NumPy .npy file",
                      .argument = "file",
                      .settings = table_settings(),
                      .load = load_npy};

const DatasetRow kNpz{.name = "npz",
                      .description =
                          "members x_train, x_validation, x_test, y_... as far as they are there; or one "
                          "array, cut as npy",
                      .paper = {},
                      .origin = "NumPy .npz file",
                      .argument = "file",
                      .settings = table_settings(),
                      .load = load_npz};

const DatasetRow kCsv{
    .name = "csv",
    .description = "a table of numbers separated by ',', ';' or blanks, shuffled by the seed and cut 80 / 10 / 10",
    .paper = {},
    .origin = "text file",
    .argument = "file",
    .settings = joined(table_settings(), {Text{.key = "label_column",
                                               .value = "",
                                               .meaning = "the column of labels, by name, by number from 1 on, or "
                                                          "\"last\"; empty: all columns are values"}}),
    .load = load_csv};

}  // namespace elbo::data
