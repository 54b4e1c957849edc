// Table: a file of rows, whatever its format, and which of its columns are what.
//
//   Table table = read_table("wine.csv", settings.part("data"));
//   const TableLayout layout = layout_of(table, settings.part("data"));     // by data.columns, ignore, label_column
//   const TableRows rows = rows_of(std::move(table), layout, settings.part("data"));
//
//   const TableLayout same = matched(other, layout);    // the same columns of another file, by name where both have
//                                                       // names, else by place
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "elbo/data/csv.h"
#include "elbo/data/dataset.h"
#include "elbo/data/raw.h"
#include "elbo/settings/settings.h"

namespace elbo::data {

// Found out from the first bytes of a file, unpacked where it is gzip.
enum class FileFormat : uint8_t { kArray, kArchive, kImages, kText };  // NPY, NPZ, IDX
FileFormat format_of(const std::filesystem::path& path);

struct Table {
  std::string place;               // for messages: the file, and the member of an archive
  std::vector<CsvColumn> columns;  // of text, else empty
  bool has_header = false;
  Array values;  // [n, ...] as its reader gives it; of text f64 [n, columns]

  // Values in a row.
  int64_t width() const { return values.shape()[0] > 0 ? values.elements() / values.shape()[0] : 0; }
  std::string words(int64_t column) const;  // "column 3 (alcohol)"
};

// What the formats of `kinds` that a table may have ask: how text is written, which columns, what missing values do.
std::vector<Option> table_settings();

// DataError for a table without a value.
void require_rows(const Table& table);
// Settings without a key go by its default.  Of an archive the single member, or the one named "x".  With `trained`, a
// file that is read as training read its own: columns that were left out then may hold anything.
Table read_table(const std::filesystem::path& path, const Settings& data, const TableLayout* trained = nullptr);

// ConfigError for columns that are not there.
TableLayout layout_of(const Table& table, const Settings& data);
// DataError for a column that is missing, or one more than training saw.
TableLayout matched(const Table& table, const TableLayout& trained);

struct TableRows {
  RawColumns columns;             // all rows of the file
  std::vector<int64_t> kept;      // those without a missing value
  std::vector<std::string> said;  // what was dropped
};
// DataError for text among numbers, and for a missing value unless data.missing = "drop".
TableRows rows_of(Table table, const TableLayout& layout, const Settings& data);
// Words of a column of labels, in order; empty for numbers.
std::vector<std::string> classes_of(const Table& table, int64_t column);

}  // namespace elbo::data
