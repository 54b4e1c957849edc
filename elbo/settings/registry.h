// A registry: the rows of one kind, by name.  A row is a struct that stands in the file of the thing it describes:
//
//   struct FlowFamily {
//     std::string_view name, description, paper;
//     std::vector<Option> settings;                                       // what it can be told, read by its `make`
//     prob::AnyTransform (*make)(const Site& site, const Settings& settings);
//   };
//   const Registry<FlowFamily>& flow_families() {
//     static const Registry<FlowFamily> all("flow", {&kPlanar, &kMaf});   // a new flow is its file and its name here
//     return all;
//   }
//   flow_families().find("planar").make(site, settings);
//   Part{.key = "flow", .value = "none", .rows = flow_families().view(), .optional = true}
//
// `settings` and `argument` (rows.h) may be left out of a row's struct; a function facts_of(const Row&) beside it says
// what else a list shows of each.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include "elbo/settings/error.h"
#include "elbo/settings/names.h"
#include "elbo/settings/option.h"

namespace elbo {

template <typename Row>
RowView view_of(const Row& row) {
  RowView view{.name = row.name,
               .description = row.description,
               .paper = row.paper,
               .settings = nullptr,
               .argument = {},
               .facts = {},
               .row = &row,
               .type = &typeid(Row)};
  if constexpr (requires { row.settings; }) view.settings = &row.settings;
  if constexpr (requires { row.argument; }) view.argument = row.argument;
  if constexpr (requires { facts_of(row); }) view.facts = facts_of(row);
  return view;
}

template <typename Row>
class Registry {
 public:
  Registry(std::string_view kind, std::vector<const Row*> rows) : kind_(kind), rows_(std::move(rows)) {}

  std::string_view kind() const { return kind_; }
  std::span<const Row* const> rows() const { return rows_; }
  std::vector<std::string> names() const {
    std::vector<std::string> names;
    for (const Row* row : rows_) names.emplace_back(row->name);
    return names;
  }
  const Row* find_if_known(std::string_view name) const {
    for (const Row* row : rows_) {
      if (row->name == name) return row;
    }
    return nullptr;
  }
  // Throws ConfigError that lists the known names: unknown flow "planer"; known: planar, radial (did you mean planar?)
  const Row& find(std::string_view name) const {
    if (const Row* row = find_if_known(name)) return *row;
    throw ConfigError(unknown_name(kind_, name, names()));
  }

  // What of it may stand in a place; `fits`, where given, says which rows.  The registry must outlive the view.
  RowsView view(bool (*fits)(const Row&) = nullptr) const {
    return {.kind = kind_, .rows = [this, fits] {
              std::vector<RowView> views;
              for (const Row* row : rows_) {
                if (fits == nullptr || fits(*row)) views.push_back(view_of(*row));
              }
              return views;
            }};
  }

 private:
  std::string_view kind_;
  std::vector<const Row*> rows_;
};

}  // namespace elbo
