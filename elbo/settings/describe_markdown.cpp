#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <vector>

#include "elbo/settings/describe.h"
#include "elbo/settings/describe_internal.h"
#include "elbo/settings/keys_internal.h"

namespace elbo {
namespace {

constexpr std::string_view kTableHead = "| key | type | default | meaning |\n|---|---|---|---|\n";

// A bar would end the cell.
std::string cell(std::string_view text) {
  std::string result;
  for (const char c : text) result += c == '|' ? std::string("\\|") : std::string(1, c);
  return result;
}

std::string type_cell(const Option& option) {
  if (!option.part) return type_name(option);
  const std::string_view kind = option.part->rows.kind;
  return fmt::format("[{}](#{}){}", kind, list_name(kind), option.part->chain ? ", or a list of them" : "");
}

std::string markdown_row(const Option& option, std::string_view key) {
  std::string meaning = summary(option);
  const std::string here = option.part ? defaults_here(*option.part) : "";
  if (!here.empty()) meaning += "; here " + here;
  return fmt::format("| `{}` | {} | `{}` | {} |\n", key, type_cell(option), cell(to_literal(option.value)),
                     cell(meaning));
}

// The rows of a table for options, those of groups and places with their whole keys.
std::string markdown_rows(const std::vector<Option>& options, const std::string& prefix) {
  std::string text;
  for (const Option& option : options) {
    const std::string key = prefix + option.key;
    if (option.group) {
      text += markdown_rows(option.group->options, key + ".");
      continue;
    }
    text += markdown_row(option, key);
    if (option.part) text += markdown_rows(option.part->place, option.part->beside ? prefix : key + ".");
  }
  return text;
}

// A part at the top is a table of its own: its name, and what the place reads.
std::string part_at_the_top(const Option& option) {
  return markdown_row(option, option.key + ".name") + markdown_rows(option.part->place, option.key + ".");
}

// The registries that parts show, each once, in the order in which they are met.
class Registries {
 public:
  explicit Registries(const std::vector<Option>& options) {
    walk(options, "");
    // Rows may have parts of their own: the list grows while it is walked.
    for (size_t i = 0; i < found_.size(); ++i) {
      for (size_t row = 0; row < found_[i].rows.size(); ++row) {
        const RowView view = found_[i].rows[row];
        if (view.settings != nullptr) walk(*view.settings, fmt::format("{}: ", view.name));
      }
    }
  }

  std::string text() const {
    std::string text;
    for (const Found& one : found_) {
      text += fmt::format("\n## {}\n\nStands in {}.\n", list_name(one.kind), fmt::join(one.places, ", "));
      std::string lines;
      for (const RowView& row : one.rows) {
        if (is_silent(row)) lines += fmt::format("- `{}`: {}\n", row.name, described(row));
      }
      if (!lines.empty()) text += "\n" + lines;
      for (const RowView& row : one.rows) {
        if (is_silent(row)) continue;
        text += fmt::format("\n### {}\n\n{}.\n\n", row.name, described(row));
        if (!row.argument.empty()) text += fmt::format("`{}:X` says `{}` with the name.\n\n", row.name, row.argument);
        text += std::string(kTableHead) + markdown_rows(*row.settings, "");
      }
    }
    return text;
  }

 private:
  struct Found {
    std::string_view kind;
    std::vector<RowView> rows;
    std::vector<std::string> places;
  };

  static bool is_silent(const RowView& row) { return row.settings == nullptr || row.settings->empty(); }

  void walk(const std::vector<Option>& options, const std::string& prefix) {
    for (const Option& option : options) {
      if (option.group) walk(option.group->options, prefix + option.key + ".");
      if (!option.part) continue;
      add(option.part->rows, "`" + prefix + option.key + "`");
      walk(option.part->place, option.part->beside ? prefix : prefix + option.key + ".");
    }
  }

  // Two parts may show different rows of one registry.
  void add(const RowsView& view, const std::string& place) {
    auto found = std::find_if(found_.begin(), found_.end(), [&](const Found& one) { return one.kind == view.kind; });
    if (found == found_.end()) found = found_.insert(found_.end(), {.kind = view.kind, .rows = {}, .places = {}});
    if (std::find(found->places.begin(), found->places.end(), place) == found->places.end()) {
      found->places.push_back(place);
    }
    for (const RowView& row : view.rows()) {
      if (find_row(found->rows, row.name) == nullptr) found->rows.push_back(row);
    }
  }

  std::vector<Found> found_;
};

}  // namespace

std::string describe_markdown(const Schema& schema) {
  std::vector<Option> alone;
  std::vector<std::pair<const Option*, std::string>> tables;
  for (const Option& option : schema.options) {
    if (!option.group && (!option.part || option.part->beside)) {
      alone.push_back(option);
      continue;
    }
    const std::string rows =
        option.group ? markdown_rows(option.group->options, option.key + ".") : part_at_the_top(option);
    const auto same =
        std::find_if(tables.begin(), tables.end(), [&](const auto& table) { return table.first->key == option.key; });
    if (same == tables.end()) {
      tables.emplace_back(&option, rows);
    } else {
      same->second += rows;
    }
  }
  std::string text = alone.empty() ? "" : std::string(kTableHead) + markdown_rows(alone, "");
  for (const auto& [option, rows] : tables) {
    text += fmt::format("{}## [{}]\n\n{}.\n\n{}{}", text.empty() ? "" : "\n", option->key, option->meaning, kTableHead,
                        rows);
  }
  return text + Registries(schema.options).text();
}

}  // namespace elbo
