#include "elbo/settings/toml_writer.h"

#include <fmt/core.h>

#include "elbo/settings/keys_internal.h"
#include "elbo/settings/text_layout.h"

namespace elbo {
namespace {

constexpr size_t kWidth = 100;

std::string as_comment(std::string_view text) {
  return wrapped(text, {.width = kWidth, .first = "# ", .rest = "#   "});
}

std::string as_line(const Settings::Entry& entry) {
  const std::string added = entry.value == entry.standard ? "" : "default " + shortened(to_literal(entry.standard));
  return as_comment(summary(*entry.option, added)) +
         fmt::format("{} = {}\n", entry.option->key, to_literal(entry.value));
}

void write_level(const Settings& settings, std::string& text);

void write_tables(const Settings& settings, std::string& text) {
  for (const Settings::Entry& entry : settings.entries()) {
    if (entry.is_line()) continue;
    for (const Settings& inside : entry.inside) {
      const std::string path = table_name(inside.path());
      text += "\n" + as_comment(entry.option->meaning);
      text += entry.inside.size() > 1 ? fmt::format("[[{}]]\n", path) : fmt::format("[{}]\n", path);
      if (entry.option->part) {
        text += as_comment(allowed(*entry.option)) + fmt::format("name = {}\n", in_quotes(inside.name()));
      }
      write_level(inside, text);
    }
  }
}

void write_level(const Settings& settings, std::string& text) {
  for (const Settings::Entry& entry : settings.entries()) {
    if (entry.is_line()) text += as_line(entry);
  }
  write_tables(settings, text);
}

}  // namespace

std::string table_name(std::string_view path) {
  std::string name;
  for (; !path.empty(); path = after_first_word(path)) {
    const std::string_view word = first_word(path);
    if (index_of(word)) continue;
    name += name.empty() ? std::string(word) : "." + std::string(word);
  }
  return name;
}

std::string to_toml(const Settings& settings) {
  std::string text;
  write_level(settings, text);
  return text;
}

}  // namespace elbo
