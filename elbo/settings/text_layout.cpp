#include "elbo/settings/text_layout.h"

#include <algorithm>

#include "elbo/settings/value.h"

namespace elbo {
namespace {

// Characters, not bytes: what continues a UTF-8 sequence takes no room of its own.
size_t width_of(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

std::string printable(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string result;
  for (size_t i = 0; i < text.size();) {
    size_t length = 1;  // of the character that begins here; none has more than 4 bytes
    while (length < 4 && i + length < text.size() && !is_utf8(text.substr(i, length))) ++length;
    const std::string_view character = text.substr(i, length);
    if (character == "\n") {
      result += ' ';
    } else if (is_utf8(character) && !has_control_characters(character)) {
      result += character;
    } else {
      length = 1;
      const auto byte = static_cast<unsigned char>(text[i]);
      (((result += "\\x") += kDigits[byte >> 4]) += kDigits[byte & 15]);
    }
    i += length;
  }
  return result;
}

std::string wrapped(std::string_view text, const WrapOptions& options) {
  std::string result;
  std::string line(options.first);
  bool has_word = false;
  for (size_t i = 0; i < text.size();) {
    const size_t end = std::min(text.find(' ', i), text.size());
    const std::string_view word = text.substr(i, end - i);
    i = end + 1;
    if (word.empty()) continue;
    if (has_word && width_of(line) + 1 + width_of(word) > options.width) {
      result += line + "\n";
      line = options.rest;
      has_word = false;
    }
    if (has_word) line += ' ';
    line += word;
    has_word = true;
  }
  return has_word ? result + line + "\n" : result;
}

std::string columns(const std::vector<std::pair<std::string, std::string>>& rows, const ColumnOptions& options) {
  size_t left = 0;
  for (const auto& row : rows) {
    if (const size_t width = width_of(row.first); width <= options.max_left) left = std::max(left, width);
  }
  const std::string margin(options.indent, ' ');
  const std::string gap(options.indent + left + 2, ' ');
  std::string text;
  for (const auto& [name, meaning] : rows) {
    std::string first = margin + name;
    if (width_of(name) > left) {
      text += first + "\n";
      first = gap;
    } else {
      first += std::string(gap.size() - width_of(first), ' ');
    }
    const std::string body = wrapped(meaning, {.width = options.width, .first = first, .rest = gap});
    text += body.empty() ? margin + name + "\n" : body;
  }
  return text;
}

}  // namespace elbo
