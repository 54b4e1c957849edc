// Text for a terminal or a file of fixed width: wrapped paragraphs and two aligned columns.
//
//   wrapped("a long sentence", {.width = 80, .first = "# ", .rest = "#   "})
//   columns({{"--seed N", "seed of all random streams"}, ...})
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace elbo {

inline constexpr size_t kTerminalWidth = 80;

struct WrapOptions {
  size_t width = kTerminalWidth;
  std::string_view first;  // before the first line
  std::string_view rest;   // before the others
};

// For a terminal: line breaks become spaces; bytes that are no UTF-8, and control characters, which a terminal would
// obey, are written as "\\xff".
std::string printable(std::string_view text);

// Lines of at most `width` characters, each ended by a line break; a longer word stands alone on its line.
std::string wrapped(std::string_view text, const WrapOptions& options = {});

struct ColumnOptions {
  size_t width = kTerminalWidth;
  size_t indent = 2;
  size_t max_left = 26;  // a longer left part stands on a line of its own
};

std::string columns(const std::vector<std::pair<std::string, std::string>>& rows, const ColumnOptions& options = {});

}  // namespace elbo
