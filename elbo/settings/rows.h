// A registry as those see it who know nothing of its rows: names, descriptions, settings.  What may stand in a place of
// a configuration is such a view of a registry (registry.h), or of some of its rows.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <vector>

namespace elbo {

struct Option;

struct RowView {
  std::string_view name;
  std::string_view description;           // one line
  std::string_view paper;                 // "Durkan et al. 2019"; empty for what needs none
  const std::vector<Option>* settings{};  // null: none
  // The setting that may follow the name after a colon: "csv:wine.csv" is name = "csv", file = "wine.csv".
  std::string_view argument;
  std::string facts{};  // more for a list: "fast direction: both"
  const void* row{};
  const std::type_info* type{};
};

struct RowsView {
  std::string_view kind{};  // "flow", as messages say it
  // Asked when the rows are needed.
  std::function<std::vector<RowView>()> rows = nullptr;
};

std::vector<std::string> names_of(const std::vector<RowView>& rows);
// Null where there is no such row; valid as long as `rows`.
const RowView* find_row(const std::vector<RowView>& rows, std::string_view name);

}  // namespace elbo
