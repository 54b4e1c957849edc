// Tables of a study by layout: "list" has a row for each model on each data set and the columns that the file names,
// "matrix" a row for each model and a column for each data set.
//
//   const report::Table table = table_of(results, settings);       // settings: one of those in "tables"
//
// A kind of column is a row of a registry here; a new one is a few lines in table.cpp.
#pragma once

#include <functional>

#include "elbo/report/table.h"
#include "elbo/settings/registry.h"
#include "elbo/studies/result.h"

namespace elbo::studies {

struct CellSite {
  const Row& row;
  const std::vector<Row>& all;  // of the table
  const StudyResults& results;
  const Settings& settings;  // of the column
};
struct ColumnKind {
  std::string_view name, description, paper;
  std::vector<Option> settings;
  report::Cell (*cell)(const CellSite& at) = nullptr;
};
const Registry<ColumnKind>& column_kinds();

struct TableLayout {
  std::string_view name, description, paper;
  std::vector<Option> settings;
  report::Table (*make)(const std::vector<Row>& rows, const StudyResults& results, const Settings& settings) = nullptr;
};
const Registry<TableLayout>& table_layouts();

// The key "tables" of a study; each also has `file`, `notes` and `without`.
Option table_part();
report::Table table_of(const StudyResults& results, const Settings& table);

}  // namespace elbo::studies
