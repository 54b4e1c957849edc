// For tests that a row reads what it declares: of each of its settings, values other than the default.
//
//   for (const std::string& other : variations(row.settings)) ... Settings::of(view_of(row), {other}) ...
//   // "layers=9", "network.hidden=[5]", "network.activation=tanh", "permutation=random", "permutation=linear", ...
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"
#include "elbo/settings/value.h"

namespace elbo::testing_support {

inline std::vector<std::string> variations(const std::vector<Option>& options, const std::string& prefix = {}) {
  std::vector<std::string> found;
  const auto add = [&](const Option& option, const std::string& text) {
    found.push_back(prefix + option.key + "=" + text);
  };
  const auto allows = [](const Option& option, const Value& value) { return fault(option, value).empty(); };
  for (const Option& option : options) {
    if (option.part) {
      for (const RowView& row : option.part->rows.rows()) {
        if (row.name != option.part->value) add(option, std::string(row.name));
        if (row.name != option.part->value || row.settings == nullptr) continue;
        for (std::string& inner : variations(*row.settings, prefix + option.key + ".")) {
          found.push_back(std::move(inner));
        }
      }
    } else if (option.is_flag()) {
      add(option, std::get<bool>(option.value) ? "false" : "true");
    } else if (const auto* integer = std::get_if<int64_t>(&option.value)) {
      add(option, std::to_string(allows(option, *integer + 1) ? *integer + 1 : *integer - 1));
    } else if (const auto* number = std::get_if<double>(&option.value)) {
      add(option, std::to_string(*number != 0 ? *number / 2 : 0.5));
    } else if (const auto* text = std::get_if<std::string>(&option.value)) {
      for (const std::string& choice : option.choices.names()) {
        // "same" says what another setting says, which is no other value.
        const bool is_same = *text == "same" && std::any_of(options.begin(), options.end(), [&](const Option& other) {
          return other.value == Value(choice);
        });
        if (choice != *text && !is_same) add(option, choice);
      }
    } else if (std::get_if<std::vector<int64_t>>(&option.value) != nullptr) {
      add(option, "[5]");
    } else if (std::get_if<std::vector<double>>(&option.value) != nullptr) {
      add(option, "[0.5]");
    }
  }
  return found;
}

// Those of the assignments that the row knows: what makes any row small.
template <typename Row>
std::vector<std::string> known_to(const Row& row, const std::vector<std::string>& assignments) {
  const Settings settings = Settings::of(view_of(row));
  std::vector<std::string> known;
  std::copy_if(assignments.begin(), assignments.end(), std::back_inserter(known),
               [&](const std::string& one) { return settings.has(one.substr(0, one.find('='))); });
  return known;
}

}  // namespace elbo::testing_support
