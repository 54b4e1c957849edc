// Rows of a registry, found by name.  A row is a struct with `name`, `description` (one line) and `paper`; a registry
// is a span of pointers to rows, so that each row stands in the file of the thing it describes.
//
//   const FlowFamily& family = nn::find_row("flow", name, flow_families());
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/settings/error.h"
#include "elbo/settings/names.h"

namespace elbo::nn {

template <typename Row>
std::vector<std::string> names_of(std::span<const Row* const> rows) {
  std::vector<std::string> names;
  for (const Row* row : rows) names.emplace_back(row->name);
  return names;
}

// Throws ConfigError that lists the known names: unknown flow "planer"; known: planar, radial (did you mean planar?)
template <typename Row>
const Row& find_row(std::string_view kind, std::string_view name, std::span<const Row* const> rows) {
  for (const Row* row : rows) {
    if (row->name == name) return *row;
  }
  throw ConfigError(unknown_name(kind, name, names_of(rows)));
}

}  // namespace elbo::nn
