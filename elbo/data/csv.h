// Tables of numbers as text: separated by ',', ';' or blanks, with or without a line of column names.
//
//   const CsvTable wine = read_csv("winequality-red.csv");    // separator and header found from the first line
//   wine.values;     // f64 [1599, 12]
//   wine.columns;    // {"fixed acidity", ...}; empty without a header
//
// Numbers are read with the decimal point whatever the locale.  An empty field, a word, NaN or an infinity is refused
// with its line and column.  Empty lines at the end are passed over.  Plain or gzip.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "elbo/data/bytes.h"
#include "elbo/engine/array.h"

namespace elbo::data {

enum class CsvHeader { kDetect, kYes, kNo };  // detected: some field of the first line is no number

struct CsvOptions {
  char separator = '\0';  // ',', ';', ' ' (any run of blanks); '\0': the first of ';' and ',' met, else blanks
  CsvHeader header = CsvHeader::kDetect;
  ReadLimits limits;
};

struct CsvTable {
  std::vector<std::string> columns;
  Array values;  // f64 [rows, columns]
};

CsvTable read_csv(const std::filesystem::path& path, const CsvOptions& options = {});

}  // namespace elbo::data
