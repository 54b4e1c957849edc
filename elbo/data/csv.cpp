#include "elbo/data/csv.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "elbo/data/csv_column_internal.h"
#include "elbo/data/csv_header_internal.h"
#include "elbo/data/csv_records_internal.h"
#include "elbo/engine/memory_limit.h"
#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo::data {

namespace {

constexpr char kChanged[] = "was changed while it was read";

// Rows of a table whose length is not known before its end.
class GrowingTable {
 public:
  explicit GrowingTable(size_t columns) : columns_(columns), chunk_rows_(std::max<size_t>(1, kChunkValues / columns)) {}

  // Where the next row's values go.
  double* add_row() {
    const size_t place = rows_++ % chunk_rows_;
    if (place == 0) {
      require_room(static_cast<int64_t>(chunk_rows_ * columns_ * sizeof(double)));
      chunks_.push_back(std::make_unique_for_overwrite<double[]>(chunk_rows_ * columns_));
    }
    return chunks_.back().get() + place * columns_;
  }
  size_t rows() const { return rows_; }

  // All rows; the table is empty then.
  Array take() {
    Array values = Array::uninitialized(DType::kF64, {static_cast<int64_t>(rows_), static_cast<int64_t>(columns_)});
    double* dst = values.values<double>().data();
    for (auto& chunk : chunks_) {
      const size_t count = std::min(rows_, chunk_rows_) * columns_;
      std::copy_n(chunk.get(), count, dst);
      chunk.reset();
      dst += count;
      rows_ -= count / columns_;
    }
    chunks_.clear();
    return values;
  }

 private:
  // 36 MiB: blocks above 32 MiB go back to the system as soon as they are released, so that `take` needs little more
  // memory than the table; what is not written to is not there.
  static constexpr size_t kChunkValues = size_t{36} << 17;

  size_t columns_;
  size_t chunk_rows_;
  size_t rows_ = 0;
  std::vector<std::unique_ptr<double[]>> chunks_;
};

// A table, or the columns that turned out to hold text after they had begun with numbers.
struct Reading {
  CsvTable table;
  std::vector<size_t> text_columns;
};

void order_words(Array& values, size_t column, const std::vector<size_t>& order) {
  const auto columns = static_cast<size_t>(values.shape()[1]);
  const auto all = values.values<double>();
  for (size_t i = column; i < all.size(); i += columns) {
    if (!std::isnan(all[i])) all[i] = static_cast<double>(order[static_cast<size_t>(all[i])]);
  }
}

Reading read_once(ByteSource& bytes, const CsvOptions& options, const std::vector<size_t>& text_columns) {
  using Content = CsvColumnReader::Content;
  CsvRecords records(bytes, options);
  if (!records.next()) bytes.fail("is empty");
  const CsvNames header = names_of(records, options);
  const size_t columns = header.names.size();
  const int64_t first_line = records.line();

  std::vector<Content> contents(columns, Content::kFound);
  for (const size_t column : text_columns) {
    if (column >= columns) bytes.fail(kChanged);
    contents[column] = Content::kText;
  }
  if (options.ignored) {
    for (const size_t column : options.ignored(header.names)) contents.at(column) = Content::kIgnored;
  }
  std::vector<CsvColumnReader> readers;
  for (size_t i = 0; i < columns; ++i) readers.emplace_back(i, header.names[i], contents[i], options.decimal_comma);

  GrowingTable rows(columns);
  for (bool more = !header.in_first_line || records.next(); more; more = records.next()) {
    const auto fields = records.fields();
    if (fields.size() != columns) {
      records.fail("has " + std::to_string(fields.size()) + (fields.size() == 1 ? " field; " : " fields; ") +
                   std::to_string(columns) + (columns == 1 ? " is" : " are") + " expected, as in line " +
                   std::to_string(first_line));
    }
    const auto row = static_cast<int64_t>(rows.rows());
    double* const values = rows.add_row();
    for (size_t i = 0; i < columns; ++i) values[i] = readers[i].read(fields[i], row, records);
  }
  if (rows.rows() == 0) bytes.fail("has column names but no rows");

  Reading reading{.table = {.has_header = header.in_comment || header.in_first_line}};
  for (size_t i = 0; i < columns; ++i) {
    if (readers[i].needs_text()) reading.text_columns.push_back(i);
    readers[i].require_finite(bytes);
  }
  if (!reading.text_columns.empty()) return reading;
  reading.table.values = rows.take();
  std::vector<size_t> order;
  for (size_t i = 0; i < columns; ++i) {
    reading.table.columns.push_back(readers[i].finish(order));
    if (!order.empty()) order_words(reading.table.values, i, order);
  }
  return reading;
}

}  // namespace

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options) {
  Reading reading = read_once(*open_bytes(path, options.limits), options, {});
  if (reading.text_columns.empty()) return std::move(reading.table);
  // The spelling of the numbers that such a column began with is gone.
  const auto bytes = open_bytes(path, options.limits);
  Reading again = read_once(*bytes, options, reading.text_columns);
  if (!again.text_columns.empty()) bytes->fail(kChanged);
  return std::move(again.table);
}

std::string column_name(size_t column, const std::string& name) {
  const std::string number = "column " + std::to_string(column + 1);
  return name.empty() ? number : number + " (" + shortened(name, 40) + ")";
}

void require_numbers(const CsvTable& table, size_t column, const std::string& source) {
  const CsvColumn& found = table.columns.at(column);
  const auto refuse = [&](int64_t line, const std::string& complaint) {
    throw DataError(source + ": line " + std::to_string(line) + ": " + column_name(column, found.name) + " is " +
                    complaint);
  };
  if (found.is_text()) {
    refuse(found.first_word_line,
           in_quotes(found.first_word) + (found.numbers == 0
                                              ? ", which is no number"
                                              : ", where " + std::to_string(found.numbers) + " others are numbers"));
  }
  if (found.missing > 0) {
    refuse(found.first_missing_line,
           found.missing == 1 ? "missing" : "missing, the first of " + std::to_string(found.missing));
  }
}

}  // namespace elbo::data
