// TOML text as a flat list of keys with their values and lines, in the order of the text.  The only place that knows
// the TOML library.
//
// An element of a list that holds tables has its number, from 0 on, as a part of its key: "flow.0.name".
//
//   parse_toml("[train]\nepochs = 3\n", "config.toml")  gives  {.key = "train.epochs", .value = 3, .line = 2}
//
// Throws ConfigError with "config.toml:2:5: ..." for a text that is not TOML, and for one that is too large or too
// deeply dotted to be parsed safely (the library recurses once for each part of a dotted key).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace elbo {

inline constexpr size_t kMaxTomlBytes = 64 * 1024;

// What an option cannot hold: a date, a time, a table; as text, for messages.
struct Foreign {
  std::string text;
};

struct Literal {
  std::variant<bool, int64_t, double, std::string, std::vector<Literal>, Foreign> value;
};

std::string to_text(const Literal& literal);

struct TomlEntry {
  std::string key;  // dotted; a part that is no bare key keeps its quotes
  Literal value;
  int line = 0;
  bool empty_table = false;  // "[train]" with nothing in it; tables with keys appear by their keys
};

std::vector<TomlEntry> parse_toml(std::string_view text, std::string_view name);

// One value, as after "key =".  Nothing when the text is not exactly one value.
std::optional<Literal> parse_toml_value(std::string_view text);

}  // namespace elbo
