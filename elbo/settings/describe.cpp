#include "elbo/settings/describe.h"

#include <fmt/core.h>
#include <utility>
#include <vector>

#include "elbo/settings/describe_internal.h"
#include "elbo/settings/keys_internal.h"
#include "elbo/settings/text_layout.h"
#include "elbo/settings/toml_writer.h"

namespace elbo {
namespace {

using Lines = std::vector<std::pair<std::string, std::string>>;

constexpr ColumnOptions kAligned{.max_left = 30};

std::string assigned(std::string_view key, const Value& value) {
  return fmt::format("{} = {}", key, to_literal(value));
}

std::string default_left(const Settings::Entry& entry) {
  return entry.value == entry.standard ? "" : "default " + shortened(to_literal(entry.standard));
}

// What stands in a part, and where the others are shown.
std::string about_choice(const Settings::Entry& entry, const Settings& chosen) {
  const std::string list = list_name(entry.option->part->rows.kind);
  const std::string left = entry.inside.size() > 1 ? "" : default_left(entry);
  return fmt::format("{}; elbo list {} shows the others{}", described(chosen.row_view()), list,
                     left.empty() ? "" : " (" + left + ")");
}

std::string about_line(const Settings::Entry& entry) {
  const Part* part = entry.option->part.get();
  if (part == nullptr) return summary(*entry.option, default_left(entry));
  if (!entry.inside.empty() && !entry.inside.front().name().empty()) {
    return fmt::format("{}: {}", part->meaning, about_choice(entry, entry.inside.front()));
  }
  return fmt::format("{}; elbo list {} shows what may stand here", part->meaning, list_name(part->rows.kind));
}

void describe_level(const Settings& settings, Lines lines, std::string& text) {
  for (const Settings::Entry& entry : settings.entries()) {
    if (entry.is_line()) lines.emplace_back(assigned(entry.option->key, entry.value), about_line(entry));
  }
  text += columns(lines, kAligned);
  for (const Settings::Entry& entry : settings.entries()) {
    if (entry.is_line()) continue;
    const bool is_list = entry.inside.size() > 1;
    for (const Settings& inside : entry.inside) {
      const std::string path = table_name(inside.path());
      const std::string name = is_list ? fmt::format("[[{}]]", path) : fmt::format("[{}]", path);
      if (!text.empty()) text += "\n";
      text += wrapped(fmt::format("{} {}", name, entry.option->meaning), {.rest = "    "});
      Lines first;
      if (entry.option->part) {
        first.emplace_back(assigned(kName, std::string(inside.name())), about_choice(entry, inside));
      }
      describe_level(inside, std::move(first), text);
    }
  }
}

// Options as a row declares them, those of groups and places with their whole keys.
void declared_lines(const std::vector<Option>& options, const std::string& prefix, Lines& lines) {
  for (const Option& option : options) {
    const std::string key = prefix + option.key;
    if (option.group) {
      declared_lines(option.group->options, key + ".", lines);
      continue;
    }
    std::string meaning = summary(option);
    if (option.part) {
      meaning += fmt::format("; elbo list {} shows their settings", list_name(option.part->rows.kind));
      const std::string here = defaults_here(*option.part);
      if (!here.empty()) meaning += "; here " + here;
    }
    lines.emplace_back(assigned(key, option.value), std::move(meaning));
    if (option.part) declared_lines(option.part->place, option.part->beside ? prefix : key + ".", lines);
  }
}

}  // namespace

std::string described(const RowView& row) {
  return row.paper.empty() ? std::string(row.description) : fmt::format("{} ({})", row.description, row.paper);
}

std::string defaults_here(const Part& part) {
  std::string text;
  for (const auto& [key, value] : part.defaults) text += (text.empty() ? "" : ", ") + assigned(key, value);
  return text;
}

std::string describe(const Settings& settings) {
  std::string text;
  describe_level(settings, {}, text);
  return text;
}

std::string describe_row(const RowView& row) {
  std::string text = wrapped(fmt::format("{}: {}", row.name, row.description), {.rest = "    "});
  if (!row.paper.empty()) text += wrapped(row.paper, {.first = "  ", .rest = "    "});
  if (!row.facts.empty()) text += wrapped(row.facts, {.first = "  ", .rest = "    "});
  if (!row.argument.empty()) {
    text += wrapped(fmt::format("\"{0}:X\" is short for name = \"{0}\" with {1} = \"X\"", row.name, row.argument),
                    {.first = "  ", .rest = "    "});
  }
  if (row.settings == nullptr || row.settings->empty()) return text + "\nIt has no settings of its own.\n";
  Lines lines;
  declared_lines(*row.settings, "", lines);
  return text + "\nSettings, with their defaults:\n" + columns(lines, kAligned);
}

std::string list_name(std::string_view kind) {
  std::string name(kind);
  for (char& c : name) c = c == ' ' ? '-' : c;
  return name;
}

}  // namespace elbo
