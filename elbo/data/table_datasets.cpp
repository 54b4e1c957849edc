// Data sets in files of the user's own: NPY, NPZ and text.
#include "elbo/data/npz.h"
#include "elbo/data/rows_internal.h"
#include "elbo/data/sources_internal.h"
#include "elbo/data/table.h"
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

void apply_geometry(RawDataset& dataset, const Settings& settings) {
  const ImageGeometry asked{.height = settings.integer("height"), .width = settings.integer("width"), .channels = 1};
  if (asked.height == 0 && asked.width == 0) return;
  if (asked.dim() != dataset.dim()) {
    const bool only_width = asked.height == 0;
    settings.refuse(only_width ? "width" : "height", (only_width ? "times height = " + std::to_string(asked.height)
                                                                 : "times width = " + std::to_string(asked.width)) +
                                                         " must be the " + std::to_string(dataset.dim()) +
                                                         " values of a row of " + dataset.name);
  }
  dataset.image = asked;
}

// Of an archive with rows "x", those of its member "context".
void add_context(RawColumns& columns, const fs::path& path, const Settings& settings) {
  if (format_of(path) != FileFormat::kArchive) return;
  const Npz npz(path);
  if (!npz.has("context")) return;
  const std::string place = shown(path) + ", member context";
  if (columns.context) settings.refuse("context", "must be left out: there is " + place);
  Array context = as_rows(npz.read("context"), place);
  if (context.shape()[0] != columns.x.shape()[0]) {
    throw DataError(place + ": has " + std::to_string(context.shape()[0]) + " rows, and x has " +
                    std::to_string(columns.x.shape()[0]));
  }
  require_finite(context, place);
  columns.context = std::move(context);
}

// A table without splits of its own.
RawDataset cut_table(const DatasetRow& row, Table table, const fs::path& path, const Settings& settings) {
  RawDataset dataset{.name = std::string(row.name), .layout = layout_of(table, settings)};
  const bool whole_rows = static_cast<int64_t>(dataset.layout.x.size()) == dataset.layout.count;
  if (whole_rows) dataset.image = geometry_of(table.values.shape());
  const std::string place = table.place;
  TableRows rows = rows_of(std::move(table), dataset.layout, settings);
  add_context(rows.columns, path, settings);
  dataset.remarks = std::move(rows.said);
  dataset.sources = {source_of(path)};
  cut(dataset, std::move(rows.columns), std::move(rows.kept), place, settings);
  apply_geometry(dataset, settings);
  return dataset;
}

RawDataset load_table(const DatasetRow& row, const Settings& settings, FileFormat format) {
  const fs::path path = required_path(row, settings);
  const FileFormat found = format_of(path);
  if (found != format && format == FileFormat::kArray) {
    throw DataError(shown(path) + ": is no NPY file: it does not begin with \\x93NUMPY");
  }
  if (found != format && found != FileFormat::kImages) {
    throw DataError(shown(path) + ": is no text but an " +
                    (found == FileFormat::kArray ? "NPY file; data = \"npy:FILE\"" : "archive; data = \"npz:FILE\"") +
                    " reads it");
  }
  return cut_table(row, read_table(path, settings), path, settings);
}

RawDataset load_npy(const DatasetRow& row, const Settings& settings) {
  return load_table(row, settings, FileFormat::kArray);
}

RawDataset load_csv(const DatasetRow& row, const Settings& settings) {
  return load_table(row, settings, FileFormat::kText);
}

// A split of an archive, from the first of the member names that is there; empty when none is.
RawSplit read_members(const Npz& npz, const std::string& source, std::initializer_list<const char*> suffixes,
                      const TableLayout* like, RawDataset& dataset, const Settings& settings) {
  for (const std::string suffix : suffixes) {
    const std::string rows_name = "x_" + suffix, labels_name = "y_" + suffix;
    if (!npz.has(rows_name)) continue;
    Table table{.place = source + ", member " + rows_name, .columns = {}, .values = npz.read(rows_name)};
    require_rows(table);
    if (like == nullptr) {
      dataset.layout = layout_of(table, settings);
      if (static_cast<int64_t>(dataset.layout.x.size()) == dataset.layout.count) {
        dataset.image = geometry_of(table.values.shape());
      }
    } else if (table.width() != like->count) {
      throw DataError(table.place + ": its rows have " + std::to_string(table.width()) +
                      " values; those of train have " + std::to_string(like->count));
    }
    const std::string place = table.place;
    TableRows rows = rows_of(std::move(table), dataset.layout, settings);
    if (npz.has(labels_name)) {
      if (rows.columns.label) settings.refuse("label_column", "must be left out: " + source + " has " + labels_name);
      rows.columns.label =
          as_labels(npz.read(labels_name), rows.columns.x.shape()[0], source + ", member " + labels_name);
    }
    for (std::string& said : rows.said) dataset.remarks.push_back(std::move(said));
    RawSplit split = whole(std::move(rows.columns), place);
    split.rows = std::move(rows.kept);
    return split;
  }
  return {};
}

// What cuts a table has nothing to cut where an archive has its splits.
void require_uncut(const Settings& settings, const std::string& source) {
  for (const Option& option : cut_settings()) {
    if (settings.value(option.key) != option.value) {
      settings.refuse(option.key, "must be left out: " + source + " has splits of its own");
    }
  }
}

RawDataset load_npz(const DatasetRow& row, const Settings& settings) {
  const fs::path path = required_path(row, settings);
  const std::string source = shown(path);
  const Npz npz(path);
  const std::vector<std::string> names = npz.names();
  if (!npz.has("x_train")) {
    if (names.size() == 1 || npz.has("x")) return cut_table(row, read_table(path, settings), path, settings);
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw DataError(source + ": has the members " + (known.empty() ? "none" : known) +
                    "; x_train (with x_test, y_train, y_test and so on), x, or a single array is required");
  }
  require_uncut(settings, source);
  RawDataset dataset{.name = std::string(row.name)};
  dataset.train = read_members(npz, source, {"train"}, nullptr, dataset, settings);
  const TableLayout* layout = &dataset.layout;
  dataset.validation = read_members(npz, source, {"validation", "valid", "val"}, layout, dataset, settings);
  dataset.test = read_members(npz, source, {"test"}, layout, dataset, settings);
  if (settings.integer("validation") != 0 && dataset.validation.count() > 0) {
    settings.refuse("validation", source + " has a validation split of its own; leave it at 0");
  }
  take_validation(dataset, settings);
  apply_geometry(dataset, settings);
  dataset.sources = {source_of(path)};
  return dataset;
}

}  // namespace

bool has_context(const fs::path& file) {
  if (format_of(file) != FileFormat::kArchive) return false;
  const Npz npz(file);
  return npz.has("context") && npz.has("x");
}

RawDataset read_rows(const fs::path& file, const TableLayout& layout, const Settings& data) {
  Table table = read_table(file, data, &layout);
  RawDataset dataset{.name = shown(file)};
  if (layout.count > 0) {
    dataset.layout = matched(table, layout);
  } else {
    dataset.layout = {.count = table.width()};
    for (int64_t column = 0; column < dataset.layout.count; ++column) dataset.layout.x.push_back(column);
  }
  const std::string place = table.place;
  TableRows rows = rows_of(std::move(table), dataset.layout, data);
  add_context(rows.columns, file, data);
  dataset.remarks = std::move(rows.said);
  dataset.sources = {source_of(file)};
  dataset.test = whole(std::move(rows.columns), place);
  dataset.test.rows = std::move(rows.kept);
  return dataset;
}

namespace {

// What the three have in common.
std::vector<Option> file_settings() {
  std::vector<Option> settings{
      Text{.key = "file", .value = "", .meaning = "the file, where the name does not say it"},
      Text{.key = "folder", .value = "", .meaning = "where the file is, if its name is relative"}};
  settings = joined(std::move(settings), table_settings());
  settings = joined(std::move(settings), cut_settings());
  return joined(std::move(settings), {Integer{.key = "height",
                                              .value = 0,
                                              .meaning = "with width: the rows are grey images of this size",
                                              .unit = "pixels",
                                              .limits = {.at_least = 0, .at_most = 65'536}},
                                      Integer{.key = "width",
                                              .value = 0,
                                              .meaning = "see height",
                                              .unit = "pixels",
                                              .limits = {.at_least = 0, .at_most = 65'536}}});
}

}  // namespace

const DatasetRow kNpy{.name = "npy",
                      .description = "one array [rows, ...], shuffled by the seed and cut 80 / 10 / 10",
                      .paper = {},
                      .origin = "NumPy .npy file",
                      .argument = "file",
                      .settings = file_settings(),
                      .load = load_npy};

const DatasetRow kNpz{.name = "npz",
                      .description =
                          "members x_train, x_validation, x_test, y_... as far as they are there; or one "
                          "array, cut as npy",
                      .paper = {},
                      .origin = "NumPy .npz file",
                      .argument = "file",
                      .settings = file_settings(),
                      .load = load_npz};

const DatasetRow kCsv{
    .name = "csv",
    .description =
        "a table of text, its columns separated by tabs, ';', ',' or blanks, shuffled by the seed and "
        "cut 80 / 10 / 10",
    .paper = {},
    .origin = "text file, plain or gzip",
    .argument = "file",
    .settings = file_settings(),
    .load = load_csv};

}  // namespace elbo::data
