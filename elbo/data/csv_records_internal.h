// CsvRecords: a table's lines as fields, without comments and empty lines.
//
//   CsvRecords records(*bytes, options);
//   while (records.next()) use(records.fields(), records.line());
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/data/csv.h"
#include "elbo/data/lines.h"

namespace elbo::data {

class CsvRecords {
 public:
  static constexpr size_t kMaxColumns = 65536;

  CsvRecords(ByteSource& bytes, const CsvOptions& options)
      : bytes_(bytes), lines_(bytes), separator_(options.separator), decimal_comma_(options.decimal_comma) {}

  // The next line, or lines where quotes hold line ends; false after the last.
  bool next();
  // Without blanks around them and without their quotes; valid until the next call.
  std::span<const std::string_view> fields() const { return fields_; }
  int64_t line() const { return line_; }  // where the fields begin
  // The fields of the comment directly before the first line of fields, if they are as many.
  std::vector<std::string> names_in_comment() const;
  [[noreturn]] void fail(const std::string& complaint) const;  // DataError: "NAME: line 7: complaint"

 private:
  void clean_start(std::string_view& line) const;
  // Sets the separator by the first line of fields and returns it, whole where its quotes hold line ends.
  std::string_view find_separator(std::string_view line);
  void split(std::string_view line);
  void split_quoted(std::string_view line);
  void require_another_column(size_t columns) const;

  ByteSource& bytes_;
  LineReader lines_;
  char separator_;
  bool decimal_comma_;
  std::vector<std::string_view> fields_;
  std::string first_;         // the first line of fields, where its quotes hold line ends
  std::string unquoted_;      // what the fields of a line with quotes hold, one after the other
  std::vector<size_t> ends_;  // of each in unquoted_
  int64_t line_ = 0;
  int64_t empty_line_ = 0;  // the first after the last line of fields
  std::optional<std::string> comment_;
};

}  // namespace elbo::data
