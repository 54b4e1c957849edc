#include "elbo/data/table.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "elbo/data/array_visit_internal.h"
#include "elbo/data/idx.h"
#include "elbo/data/npy.h"
#include "elbo/data/npz.h"
#include "elbo/data/rows_internal.h"
#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

namespace fs = std::filesystem;

std::string said_or(const Settings& data, std::string_view key, std::string otherwise) {
  return data.has(key) ? data.text(key) : std::move(otherwise);
}

// The place of a column that the settings name: by the header, by number from 1 on, or "last".
std::optional<int64_t> place_of(const std::vector<std::string>& names, int64_t width, const std::string& asked) {
  if (asked == "last") return width - 1;
  const auto named = std::find(names.begin(), names.end(), asked);
  if (named != names.end()) return named - names.begin();
  int64_t number = 0;
  const auto [end, error] = std::from_chars(asked.data(), asked.data() + asked.size(), number);
  if (error != std::errc() || end != asked.data() + asked.size() || number < 1 || number > width) return std::nullopt;
  return number - 1;
}

bool is_in(const std::vector<int64_t>& places, int64_t place) {
  return std::find(places.begin(), places.end(), place) != places.end();
}

// Of a file that is read as another was: columns by the names that training did not read.
std::vector<size_t> unread(const TableLayout& trained, const std::vector<std::string>& names) {
  std::vector<size_t> columns;
  for (size_t i = 0; i < names.size(); ++i) {
    const auto named = std::find(trained.names.begin(), trained.names.end(), names[i]);
    const int64_t place = named - trained.names.begin();
    const bool is_read = is_in(trained.x, place) || is_in(trained.context, place);
    if (named != trained.names.end() && !is_read && place != trained.label) columns.push_back(i);
  }
  return columns;
}

// Columns that nobody reads may hold anything.
std::vector<size_t> unread(const Settings& data, const std::vector<std::string>& names) {
  const auto width = static_cast<int64_t>(names.size());
  std::vector<bool> reads(names.size(), !data.has("columns") || data.texts("columns").empty());
  const auto mark = [&](const std::vector<std::string>& asked, bool is_read) {
    for (const std::string& one : asked) {
      if (const auto place = place_of(names, width, one)) reads[static_cast<size_t>(*place)] = is_read;
    }
  };
  if (data.has("columns")) mark(data.texts("columns"), true);
  if (data.has("ignore")) mark(data.texts("ignore"), false);
  if (const std::string label = said_or(data, "label_column", ""); !label.empty()) mark({label}, true);
  if (data.has("context")) mark(data.texts("context"), true);
  std::vector<size_t> columns;
  for (size_t i = 0; i < reads.size(); ++i) {
    if (!reads[i]) columns.push_back(i);
  }
  return columns;
}

CsvOptions csv_options(const Settings& data, const TableLayout* trained) {
  CsvOptions options{.decimal_comma = said_or(data, "decimal", ".") == ","};
  const std::string header = said_or(data, "header", "auto"), separator = said_or(data, "separator", "auto");
  options.ignored = [&data, trained](const std::vector<std::string>& names) {
    const bool by_name = trained != nullptr && !trained->names.empty() && !names.front().empty();
    return by_name ? unread(*trained, names) : unread(data, names);
  };
  if (header != "auto") options.header = header == "true" ? CsvHeader::kYes : CsvHeader::kNo;
  if (separator != "auto") options.separator = separator == "tab" ? '\t' : separator == "blank" ? ' ' : separator[0];
  return options;
}

Table text_table(const fs::path& path, const Settings& data, const TableLayout* trained) {
  CsvTable csv = read_csv(path, csv_options(data, trained));
  return {.place = shown(path),
          .columns = std::move(csv.columns),
          .has_header = csv.has_header,
          .values = std::move(csv.values)};
}

Table archive_table(const fs::path& path) {
  const Npz npz(path);
  const std::vector<std::string> names = npz.names();
  const std::string member = names.size() == 1 ? names.front() : "x";
  if (!npz.has(member)) {
    std::string known;
    for (const std::string& name : names) known += (known.empty() ? "" : ", ") + name;
    throw DataError(shown(path) + ": has the members " + (known.empty() ? "none" : known) +
                    "; a single array, or one named x, is required");
  }
  return {.place = shown(path) + ", member " + member, .columns = {}, .values = npz.read(member)};
}

int64_t required_place(const Table& table, const Settings& data, const char* key, const std::string& asked) {
  std::vector<std::string> names;
  for (const CsvColumn& column : table.columns) names.push_back(table.has_header ? column.name : std::string());
  if (const auto place = place_of(names, table.width(), asked)) return *place;
  data.refuse(key, in_quotes(asked) + " is none of the " + std::to_string(table.width()) + " columns of " +
                       table.place + "; a name of its header, a number from 1 on, or \"last\" is required");
}

std::vector<int64_t> places_of(const Table& table, const Settings& data, const char* key) {
  std::vector<int64_t> places;
  if (!data.has(key)) return places;
  for (const std::string& asked : data.texts(key)) places.push_back(required_place(table, data, key, asked));
  return places;
}

// The values of some columns; the array itself where these are all, in order.
Array selected(Array values, int64_t width, const std::vector<int64_t>& places) {
  const int64_t rows = values.shape()[0];
  bool all = static_cast<int64_t>(places.size()) == width;
  for (size_t i = 0; i < places.size(); ++i) all = all && places[i] == static_cast<int64_t>(i);
  if (all) return values.shape().rank() == 2 ? std::move(values) : values.reshaped({rows, width});
  Array result(values.dtype(), {rows, static_cast<int64_t>(places.size())});
  const size_t size = size_of(values.dtype());
  const std::byte* src = values.data();
  std::byte* dst = result.data();
  for (int64_t row = 0; row < rows; ++row) {
    for (const int64_t place : places) {
      std::memcpy(dst, src + static_cast<size_t>(row * width + place) * size, size);
      dst += size;
    }
  }
  return result;
}

[[noreturn]] void refuse_text(const Table& table, int64_t column) {
  const CsvColumn& text = table.columns[static_cast<size_t>(column)];
  std::string message = table.place + ": row " + std::to_string(text.first_word_row + 1) + " (line " +
                        std::to_string(text.first_word_line) + "), " + table.words(column) + " is " +
                        in_quotes(shown(text.first_word));
  if (text.numbers > 0) {
    message += ", where " + std::to_string(text.numbers) + " other rows hold numbers; a number is required";
  } else {
    message += "; a model reads numbers: data.ignore leaves a column of text out, data.label_column takes it as labels";
  }
  throw DataError(message);
}

[[noreturn]] void refuse_value(const Table& table, int64_t row, int64_t column, double value) {
  const std::string place = table.place + ": row " + std::to_string(row + 1) + ", " + table.words(column);
  if (!std::isnan(value)) throw DataError(place + " is infinite; finite values are required");
  throw DataError(place + (table.columns.empty() ? " is NaN" : " is missing") +
                  "; data.missing = \"drop\" leaves such rows out");
}

// Rows in which a column that is read lacks its value; refuses what is infinite.
std::vector<bool> find_missing(const Table& table, const std::vector<int64_t>& read, bool drop, int64_t& count) {
  const int64_t rows = table.values.shape()[0], width = table.width();
  std::vector<bool> missing;
  count = 0;
  if (table.values.dtype() != DType::kF32 && table.values.dtype() != DType::kF64) return missing;
  visit_values(table.values, [&](const auto values) {
    for (int64_t row = 0; row < rows; ++row) {
      bool lacks = false;
      for (const int64_t column : read) {
        const auto value = static_cast<double>(values[static_cast<size_t>(row * width + column)]);
        if (std::isfinite(value)) continue;
        if (!drop || !std::isnan(value)) refuse_value(table, row, column, value);
        lacks = true;
      }
      if (!lacks) continue;
      if (missing.empty()) missing.resize(static_cast<size_t>(rows));
      missing[static_cast<size_t>(row)] = true;
      ++count;
    }
  });
  return missing;
}

// Labels of the kept rows; those of others are 0, and nobody reads them.
Array labels_of(const Table& table, const TableLayout& layout, const std::vector<bool>& missing) {
  const int64_t rows = table.values.shape()[0], width = table.width(), place = *layout.label;
  const std::vector<std::string> words = classes_of(table, place);
  Array numbers(DType::kF64, {rows});
  visit_values(table.values, [&](const auto values) {
    for (int64_t row = 0; row < rows; ++row) {
      if (!missing.empty() && missing[static_cast<size_t>(row)]) continue;
      numbers.values<double>()[static_cast<size_t>(row)] =
          static_cast<double>(values[static_cast<size_t>(row * width + place)]);
    }
  });
  if (!words.empty() && words != layout.classes) {  // another file's words, by the classes of training
    for (double& number : numbers.values<double>()) {
      const std::string& word = words[static_cast<size_t>(number)];
      const auto known = std::find(layout.classes.begin(), layout.classes.end(), word);
      if (known == layout.classes.end()) {
        throw DataError(table.place + ": " + table.words(place) + " holds the class " + in_quotes(word) +
                        ", which training had not");
      }
      number = static_cast<double>(known - layout.classes.begin());
    }
  }
  return as_labels(std::move(numbers), rows, table.place);
}

Table table_of(const fs::path& path, const Settings& data, const TableLayout* trained) {
  switch (format_of(path)) {
    case FileFormat::kArray:
      return {.place = shown(path), .columns = {}, .values = read_npy(path)};
    case FileFormat::kImages:
      return {.place = shown(path), .columns = {}, .values = read_idx(path)};
    case FileFormat::kArchive:
      return archive_table(path);
    case FileFormat::kText:
      return text_table(path, data, trained);
  }
  return {};
}

}  // namespace

FileFormat format_of(const fs::path& path) {
  std::array<std::byte, 6> start{};
  const size_t got = open_bytes(path, {})->read(start);
  const auto begins = [&](std::string_view magic) {
    return got >= magic.size() && std::memcmp(start.data(), magic.data(), magic.size()) == 0;
  };
  if (begins("\x93NUMPY")) return FileFormat::kArray;
  if (begins("PK\x03\x04") || begins("PK\x05\x06")) return FileFormat::kArchive;
  if (begins(std::string_view("\0\0", 2))) return FileFormat::kImages;
  return FileFormat::kText;
}

std::string Table::words(int64_t column) const {
  const auto at = static_cast<size_t>(column);
  return column_name(at, has_header ? columns[at].name : std::string());
}

std::vector<Option> table_settings() {
  return {
      Texts{.key = "columns",
            .value = {},
            .meaning = "the columns to learn, by name or by number from 1 on, in this order; empty: all but those "
                       "below"},
      Texts{.key = "ignore", .value = {}, .meaning = "columns to leave out, by name or by number from 1 on"},
      Texts{.key = "context",
            .value = {},
            .meaning = "the columns that the others are given, by name or by number from 1 on, for models that are "
                       "conditional; an .npz archive may hold them as its member \"context\" instead"},
      Text{.key = "label_column",
           .value = "",
           .meaning = "the column of labels, by name, by number from 1 on, or \"last\"; words are numbered in their "
                      "order; empty: there is none"},
      Text{.key = "missing",
           .value = "refuse",
           .meaning = "what a row with a missing value or NaN does: it is refused, or dropped and counted",
           .choices = {"refuse", "drop"}},
      Text{.key = "header",
           .value = "auto",
           .meaning = "whether a text file begins with the names of its columns; auto: where its first row holds no "
                      "number",
           .choices = {"auto", "true", "false"}},
      Text{.key = "separator",
           .value = "auto",
           .meaning = "what stands between the columns of a text file; auto: the first of tab, ';' and ',' that its "
                      "first row has, else blanks",
           .choices = {"auto", ",", ";", "tab", "blank"}},
      Text{.key = "decimal", .value = ".", .meaning = "the decimal mark of a text file", .choices = {".", ","}},
  };
}

Table read_table(const fs::path& path, const Settings& data, const TableLayout* trained) {
  Table table = table_of(path, data, trained);
  require_rows(table);
  return table;
}

void require_rows(const Table& table) {
  if (table.values.shape().rank() > 0 && table.values.elements() > 0) return;
  throw DataError(table.place + ": holds " + to_string(table.values.shape()) + " values; at least one row is required");
}

TableLayout layout_of(const Table& table, const Settings& data) {
  TableLayout layout{.count = table.width()};
  if (table.has_header) {
    for (const CsvColumn& column : table.columns) layout.names.push_back(column.name);
  }
  if (const std::string asked = said_or(data, "label_column", ""); !asked.empty()) {
    layout.label = required_place(table, data, "label_column", asked);
    layout.classes = classes_of(table, *layout.label);
  }
  layout.context = places_of(table, data, "context");
  if (layout.label && is_in(layout.context, *layout.label)) data.refuse("context", "holds the column of labels");
  layout.x = places_of(table, data, "columns");
  const std::vector<int64_t> ignored = places_of(table, data, "ignore");
  if (!layout.x.empty() && !ignored.empty()) data.refuse("ignore", "must be left out where data.columns says which");
  if (!layout.x.empty()) {
    if (layout.label && is_in(layout.x, *layout.label)) data.refuse("columns", "holds the column of labels");
    for (const int64_t place : layout.context) {
      if (is_in(layout.x, place)) data.refuse("context", "has " + table.words(place) + ", which data.columns has too");
    }
    return layout;
  }
  for (int64_t column = 0; column < layout.count; ++column) {
    const bool has_place = column == layout.label || is_in(layout.context, column);
    if (!has_place && !is_in(ignored, column)) layout.x.push_back(column);
  }
  if (layout.x.empty()) throw DataError(table.place + ": has no column left to learn");
  return layout;
}

TableLayout matched(const Table& table, const TableLayout& trained) {
  TableLayout layout{.count = table.width(), .classes = trained.classes};
  if (trained.names.empty() || !table.has_header) {
    const auto read = static_cast<int64_t>(trained.x.size());
    if (layout.count == trained.count) {
      layout.x = trained.x;
      layout.label = trained.label;
      layout.context = trained.context;
    } else if (layout.count == read && trained.context.empty()) {
      for (int64_t column = 0; column < read; ++column) layout.x.push_back(column);
    } else {
      throw DataError(table.place + ": has " + std::to_string(layout.count) + " columns; the run was trained on " +
                      std::to_string(read) + (read == trained.count ? "" : " of " + std::to_string(trained.count)));
    }
    return layout;
  }
  for (const CsvColumn& column : table.columns) {
    layout.names.push_back(column.name);
    if (std::find(trained.names.begin(), trained.names.end(), column.name) != trained.names.end()) continue;
    throw DataError(table.place + ": has the column " + in_quotes(column.name) +
                    ", which the training file had not; take it out, or train with data.columns");
  }
  const auto find = [&](int64_t place) -> std::optional<int64_t> {
    const auto found = std::find(layout.names.begin(), layout.names.end(), trained.names[static_cast<size_t>(place)]);
    if (found == layout.names.end()) return std::nullopt;
    return found - layout.names.begin();
  };
  const auto find_all = [&](const std::vector<int64_t>& places, std::vector<int64_t>& now) {
    for (const int64_t place : places) {
      const auto found = find(place);
      if (!found) {
        throw DataError(table.place + ": lacks the column " + in_quotes(trained.names[static_cast<size_t>(place)]) +
                        ", which the run was trained on");
      }
      now.push_back(*found);
    }
  };
  find_all(trained.x, layout.x);
  find_all(trained.context, layout.context);
  if (trained.label) layout.label = find(*trained.label);
  return layout;
}

TableRows rows_of(Table table, const TableLayout& layout, const Settings& data) {
  const int64_t rows = table.values.shape()[0], width = table.width();
  std::vector<int64_t> read = layout.x;
  read.insert(read.end(), layout.context.begin(), layout.context.end());
  for (const int64_t column : read) {
    if (!classes_of(table, column).empty()) refuse_text(table, column);
  }
  if (layout.label) read.push_back(*layout.label);
  int64_t dropped = 0;
  const std::vector<bool> missing = find_missing(table, read, said_or(data, "missing", "refuse") == "drop", dropped);

  TableRows result;
  result.kept.reserve(static_cast<size_t>(rows - dropped));
  for (int64_t row = 0; row < rows; ++row) {
    if (missing.empty() || !missing[static_cast<size_t>(row)]) result.kept.push_back(row);
  }
  if (dropped > 0) {
    result.said.push_back(table.place + ": " + std::to_string(dropped) + " of " + std::to_string(rows) +
                          " rows have missing values and are left out");
  }
  if (result.kept.empty()) throw DataError(table.place + ": every row has a missing value");
  if (layout.label) result.columns.label = labels_of(table, layout, missing);
  if (!layout.context.empty()) result.columns.context = selected(table.values, width, layout.context);
  result.columns.x = selected(std::move(table.values), width, layout.x);
  return result;
}

std::vector<std::string> classes_of(const Table& table, int64_t column) {
  return table.columns.empty() ? std::vector<std::string>() : table.columns[static_cast<size_t>(column)].words;
}

}  // namespace elbo::data
