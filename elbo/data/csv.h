// Tables as text: CSV and its kin.
//
//   const CsvTable iris = read_csv("iris.csv");    // separator and header found from the first line
//   iris.values;                                   // f64 [150, 5]
//   iris.columns[4].words;                         // {"setosa", "versicolor", "virginica"}: values are 0, 1, 2
//
// Separators.  Where none is said, the first of tab, ';' and ',' that the first line holds outside quotes, or else any
// run of blanks.  Blanks around a field do not count.
//
// Lines.  They end with "\n", "\r\n" or "\r".  One that begins with '#' is a comment; one directly before the first row
// that holds as many words as there are columns is the header, as numpy.savetxt writes it.  Empty lines may stand
// before the first row and after the last.  A field in double quotes may hold separators and line ends, and a quote by
// doubling it.
//
// Header.  A first line without numbers is one.  A line of numbers, and marks of missing values, is a row.  What could
// be both is a DataError that asks: numbers beside words, and 0, 1, 2, ..., as pandas numbers columns without names.
//
// Values.  Numbers are read with the decimal point whatever the locale.  A missing value is an empty field or one of
//   NA N/A n/a <NA> #N/A #NA NaN nan -NaN -nan NULL Null null None ? - -- . 1.#IND -1.#IND 1.#QNAN -1.#QNAN
// A column in which some other field is no number holds text: all its fields are words, numbers as they are written.
// Whether a caller can use missing values or text is for the caller to say; infinite values are refused.
//
// Every complaint is a DataError that names line and column.  Plain or gzip, UTF-8.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

enum class CsvHeader { kAuto, kYes, kNo };

struct CsvOptions {
  char separator = '\0';       // ',', ';', '\t', ' ' (any run of blanks); '\0': found out
  bool decimal_comma = false;  // "1,5" is a number, "1.5" is not, and ',' separates only where it is said
  CsvHeader header = CsvHeader::kAuto;
  // Told the columns' names, "" each without a header: those that are not read.  Their values are NaN and their fields
  // may be anything.
  std::function<std::vector<size_t>(const std::vector<std::string>& names)> ignored = {};
  // Tables of numbers pack 3 to 30 times, those of bits up to 200.
  ReadLimits limits{.max_ratio = 200};
};

// Rows are counted from 0, lines of the file from 1; -1 and 0 where there is none.
struct CsvColumn {
  static constexpr size_t kMaxWords = 65536;

  std::string name;                // "" without a header
  std::vector<std::string> words;  // of a column of text: its distinct ones in the order of their bytes
  int64_t missing = 0;
  int64_t first_missing_row = -1;
  int64_t first_missing_line = 0;
  int64_t numbers = 0;     // fields that are numbers, in a column of text too
  std::string first_word;  // the first field that is neither a number nor missing
  int64_t first_word_row = -1;
  int64_t first_word_line = 0;

  bool is_text() const { return !words.empty(); }
};

struct CsvTable {
  std::vector<CsvColumn> columns;
  bool has_header = false;
  Array values;  // f64 [rows, columns]: the number, the index of the word, NaN where missing
};

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

// How messages call a column, counted from 0: "column 3 (species)", or "column 3" without a name.
std::string column_name(size_t column, const std::string& name);

// DataError for a column with text or a missing value: 'SOURCE: line 58: column 3 (b) is "abc", where 999 others are
// numbers'.
void require_numbers(const CsvTable& table, size_t column, const std::string& source);

}  // namespace elbo::data
