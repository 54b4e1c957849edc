#include "elbo/settings/toml_writer.h"

#include <algorithm>
#include <fmt/core.h>

#include "elbo/settings/text_layout.h"

namespace elbo {
namespace {

constexpr size_t kWidth = 100;

std::string comment(std::string_view text) {
  return wrapped(text, {.width = kWidth, .first = "# ", .rest = "#   "});
}

std::string line(const Settings::Entry& entry) {
  const std::string added = entry.value == entry.standard ? "" : "default " + shortened(to_literal(entry.standard));
  return comment(summary(*entry.option, added)) + fmt::format("{} = {}\n", entry.option->key, to_literal(entry.value));
}

// A part whose row has nothing to be told is a line; any other is a table, after all lines of its level.
bool is_line(const Settings::Entry& entry) {
  if (entry.option->group) return false;
  if (!entry.option->part || entry.option->part->beside || entry.inside.empty()) return true;
  return entry.inside.size() == 1 && entry.inside.front().entries().empty();
}

// A path as TOML names it: "flow.1.network" is [flow.network] below the second [[flow]].
std::string table_name(const Settings& settings, const std::string& key) {
  std::string name;
  std::string_view rest = settings.path();
  while (!rest.empty()) {
    const std::string_view word = rest.substr(0, rest.find('.'));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (word.find_first_not_of("0123456789") != word.npos) name += std::string(word) + ".";
  }
  return name + key;
}

void write_level(const Settings& settings, std::string& text);

void write_tables(const Settings& settings, std::string& text) {
  for (const Settings::Entry& entry : settings.entries()) {
    if (is_line(entry)) continue;
    for (const Settings& inside : entry.inside) {
      const std::string path = table_name(settings, entry.option->key);
      text += "\n" + comment(entry.option->meaning);
      text += entry.inside.size() > 1 ? fmt::format("[[{}]]\n", path) : fmt::format("[{}]\n", path);
      if (entry.option->part) {
        const std::string name =
            entry.inside.size() == 1 ? std::get<std::string>(entry.value) : std::string(inside.name());
        text += comment(allowed(*entry.option)) + fmt::format("name = {}\n", in_quotes(name));
      }
      write_level(inside, text);
    }
  }
}

void write_level(const Settings& settings, std::string& text) {
  for (const Settings::Entry& entry : settings.entries()) {
    if (is_line(entry)) text += line(entry);
  }
  write_tables(settings, text);
}

}  // namespace

std::string to_toml(const Settings& settings) {
  std::string text;
  write_level(settings, text);
  return text;
}

}  // namespace elbo
