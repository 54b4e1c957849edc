#include "elbo/settings/rows.h"

namespace elbo {

const RowView* find_row(const std::vector<RowView>& rows, std::string_view name) {
  for (const RowView& row : rows) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

std::vector<std::string> names_of(const std::vector<RowView>& rows) {
  std::vector<std::string> names;
  names.reserve(rows.size());
  for (const RowView& row : rows) names.emplace_back(row.name);
  return names;
}

}  // namespace elbo
