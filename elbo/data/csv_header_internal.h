// Whether a table's first line of fields is its header.
#pragma once

#include <string>
#include <vector>

#include "elbo/data/csv_records_internal.h"

namespace elbo::data {

struct CsvNames {
  std::vector<std::string> names;  // "" each without a header
  bool in_comment = false;
  bool in_first_line = false;
};

// Called when `records` stands at the first line of fields.  DataError for a line that could be both, and for names
// that are not different.
CsvNames names_of(const CsvRecords& records, const CsvOptions& options);

}  // namespace elbo::data
