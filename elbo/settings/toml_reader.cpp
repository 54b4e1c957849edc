#include "elbo/settings/toml_reader.h"

#include <algorithm>
#include <fmt/core.h>
#include <sstream>
#include <toml++/toml.h>
#include <tuple>

#include "elbo/settings/error.h"
#include "elbo/settings/value.h"

namespace elbo {
namespace {

// The library recurses once a part of a dotted key: 30,000 parts overflow the stack, fewer under a sanitizer.
constexpr size_t kMaxDots = 2000;
constexpr int kMaxDepth = 8;

constexpr std::string_view kPrefix = "Error while parsing ";  // of the library's messages

// Calls `visit` with the place of every character outside strings and comments.  On the part of a text that is valid
// TOML this sees strings as the parser does; after the first mistake the parser stops anyway.
template <typename Visit>
void for_each_outside_strings(std::string_view text, const Visit& visit) {
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    visit(i);
    if (c == '#') {
      i = std::min(text.find('\n', i), text.size());
    } else if (c == '"' || c == '\'') {
      const std::string_view rest = text.substr(i);
      const std::string triple(3, c);
      const bool multi_line = rest.starts_with(triple);
      const std::string_view end = multi_line ? std::string_view(triple) : rest.substr(0, 1);
      for (i += end.size(); i < text.size() && !text.substr(i).starts_with(end); ++i) {
        if (text[i] == '\\' && c == '"') ++i;
        if (!multi_line && i < text.size() && text[i] == '\n') break;
      }
      i += end.size() - 1;
      // Up to two quotes may stand directly before the closing three.
      for (int extra = 0; multi_line && extra < 2 && i + 1 < text.size() && text[i + 1] == c; ++extra) ++i;
    }
  }
}

size_t count_dots(std::string_view text) {
  size_t dots = 0;
  for_each_outside_strings(text, [&](size_t i) { dots += text[i] == '.' ? 1 : 0; });
  return dots;
}

bool is_bare_key_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// Whether what follows the '[' at `bracket`, which begins a table, can be given to the library: it takes for granted
// that a name begins there, and says itself what is wrong with "[]", "[ [" and the end of the text.
bool header_can_be_parsed(std::string_view text, size_t bracket) {
  const auto next = [&](size_t from) { return text.find_first_not_of(" \t", from); };
  size_t place = next(bracket + 1);
  if (place != text.npos && text[place] == '[') {
    if (place != bracket + 1) return true;
    place = next(place + 1);
  }
  if (place == text.npos) return true;
  const char c = text[place];
  return is_bare_key_char(c) || c == '"' || c == '\'' || c == ']';
}

// The place of the first table without a name; npos: there is none.
size_t find_nameless_table(std::string_view text) {
  size_t found = text.npos, depth = 0;
  char before = '\n';  // the last character that is no blank
  for_each_outside_strings(text, [&](size_t i) {
    const char c = text[i];
    // Outside all brackets, one that is no value begins a table.
    if (c == '[' && depth == 0 && before != '=' && found == text.npos && !header_can_be_parsed(text, i)) found = i;
    if (c == '[' || c == '{') ++depth;
    if ((c == ']' || c == '}') && depth > 0) --depth;
    if (c != ' ' && c != '\t') before = c;
  });
  return found;
}

std::string key_part(std::string_view part) {
  return !part.empty() && std::all_of(part.begin(), part.end(), is_bare_key_char) ? std::string(part) : in_quotes(part);
}

template <typename T>
std::string streamed(const T& value) {
  std::ostringstream stream;
  stream << value;
  return stream.str();
}

Literal to_literal(const toml::node& node) {
  switch (node.type()) {
    case toml::node_type::boolean:
      return {node.as_boolean()->get()};
    case toml::node_type::integer:
      return {node.as_integer()->get()};
    case toml::node_type::floating_point:
      return {node.as_floating_point()->get()};
    case toml::node_type::string:
      return {node.as_string()->get()};
    case toml::node_type::date:
      return {Foreign{streamed(node.as_date()->get())}};
    case toml::node_type::time:
      return {Foreign{streamed(node.as_time()->get())}};
    case toml::node_type::date_time:
      return {Foreign{streamed(node.as_date_time()->get())}};
    case toml::node_type::array: {
      // The library refuses brackets nested more than 256 deep.
      std::vector<Literal> elements;
      for (const toml::node& element : *node.as_array()) elements.push_back(to_literal(element));
      return {std::move(elements)};
    }
    default:
      return {Foreign{"{...}"}};
  }
}

struct Placed {
  TomlEntry entry;
  toml::source_position position;
};

bool holds_tables(const toml::array& list) {
  return std::any_of(list.begin(), list.end(), [](const toml::node& element) { return element.is_table(); });
}

void collect(const toml::table& table, const std::string& prefix, int depth, std::string_view name,
             std::vector<Placed>& entries);

// [[flow]] and [[flow]]: flow.0 and flow.1.
void collect_list(const toml::array& list, const std::string& key, int depth, std::string_view name,
                  std::vector<Placed>& entries) {
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string full = key + "." + std::to_string(i);
    const toml::node& node = *list.get(i);
    const toml::table* inner = node.as_table();
    const toml::source_position position = node.source().begin;
    // Its beginning is an entry of its own, so that one that says nothing more is there all the same.
    if (inner) {
      entries.push_back(
          {{.key = full, .value = to_literal(node), .line = static_cast<int>(position.line), .empty_table = true},
           position});
      collect(*inner, full + ".", depth + 1, name, entries);
    } else {
      entries.push_back({{.key = full, .value = to_literal(node), .line = static_cast<int>(position.line)}, position});
    }
  }
}

void collect(const toml::table& table, const std::string& prefix, int depth, std::string_view name,
             std::vector<Placed>& entries) {
  for (const auto& [key, node] : table) {
    const std::string full = prefix + key_part(key.str());
    const toml::source_position position = key.source().begin ? key.source().begin : node.source().begin;
    const int line = static_cast<int>(position.line);
    const auto require_depth = [&] {
      if (depth < kMaxDepth) return;
      throw ConfigError(
          fmt::format("{}:{}: key \"{}\" goes deeper than {} tables", name, line, shortened(full), kMaxDepth));
    };
    const toml::table* inner = node.as_table();
    const toml::array* list = node.as_array();
    if (inner && !inner->empty()) {
      require_depth();
      collect(*inner, full + ".", depth + 1, name, entries);
    } else if (list && holds_tables(*list)) {
      require_depth();
      collect_list(*list, full, depth, name, entries);
    } else {
      entries.push_back(
          {{.key = full, .value = to_literal(node), .line = line, .empty_table = inner != nullptr}, position});
    }
  }
}

// "Error while parsing value: could not determine value type" as "not valid TOML: could not determine ...".
std::string reason(const toml::parse_error& error) {
  std::string_view text = error.description();
  if (text.starts_with(kPrefix)) {
    const size_t colon = text.find(": ");
    text = colon == std::string_view::npos ? text.substr(kPrefix.size()) : text.substr(colon + 2);
  }
  std::string result = shortened(text, 160);
  if (!result.empty() && result[0] == 'E') result[0] = 'e';  // "Encountered invalid utf-8 sequence"
  if (result == "could not determine value type") result += " (a text stands in quotes)";
  return result;
}

}  // namespace

std::string to_text(const Literal& literal) {
  struct Writer {
    std::string operator()(bool value) const { return to_literal(Value{value}); }
    std::string operator()(int64_t value) const { return to_literal(Value{value}); }
    std::string operator()(double value) const { return to_literal(value); }
    std::string operator()(const std::string& value) const { return in_quotes(value); }
    std::string operator()(const Foreign& value) const { return value.text; }
    std::string operator()(const std::vector<Literal>& values) const {
      std::string text = "[";
      for (const Literal& value : values) {
        if (text.size() > 1) text += ", ";
        text += to_text(value);
      }
      return text + "]";
    }
  };
  return std::visit(Writer{}, literal.value);
}

std::vector<TomlEntry> parse_toml(std::string_view text, std::string_view name) {
  if (text.size() > kMaxTomlBytes) {
    throw ConfigError(fmt::format("{}: larger than the {} bytes that a configuration may have", name, kMaxTomlBytes));
  }
  if (const size_t dots = count_dots(text); dots > kMaxDots) {
    throw ConfigError(
        fmt::format("{}: {} dots in keys and numbers: a configuration may have at most {}", name, dots, kMaxDots));
  }
  if (const size_t place = find_nameless_table(text); place != text.npos) {
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(place), '\n');
    throw ConfigError(
        fmt::format("{}:{}: not valid TOML: the \"[\" of a table must be followed by its name, which is "
                    "made of letters, digits, \"_\" and \"-\", or stands in quotes",
                    name, line));
  }
  std::vector<Placed> placed;
  try {
    collect(toml::parse(text), "", 0, name, placed);
  } catch (const toml::parse_error& error) {
    const toml::source_position& at = error.source().begin;
    throw ConfigError(fmt::format("{}:{}:{}: not valid TOML: {}", name, at.line, at.column, reason(error)));
  }
  // Tables are sorted by key; the text's own order makes the first mistake the one that is reported.
  std::stable_sort(placed.begin(), placed.end(), [](const Placed& a, const Placed& b) {
    return std::tie(a.position.line, a.position.column) < std::tie(b.position.line, b.position.column);
  });
  std::vector<TomlEntry> entries;
  entries.reserve(placed.size());
  for (Placed& one : placed) entries.push_back(std::move(one.entry));
  return entries;
}

std::optional<Literal> parse_toml_value(std::string_view text) {
  // A line break could start a second key.
  if (text.size() > kMaxTomlBytes || count_dots(text) > kMaxDots || text.find_first_of("\n\r") != text.npos) {
    return std::nullopt;
  }
  try {
    const std::string document = "value = " + std::string(text);
    const toml::table table = toml::parse(std::string_view(document));
    const toml::node* node = table.get("value");
    if (!node || table.size() != 1) return std::nullopt;
    // A comment after the value would swallow the closing bracket here; a '#' inside a string does not.
    if (text.find('#') != text.npos) (void)toml::parse(std::string_view("value = [" + std::string(text) + "]"));
    return to_literal(*node);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

}  // namespace elbo
