#include "elbo/app/config/value.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <type_traits>

namespace elbo::app {
namespace {

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

std::string literal(bool value) {
  return value ? "true" : "false";
}
std::string literal(int64_t value) {
  return std::to_string(value);
}
std::string literal(double value) {
  return to_literal(value);
}
std::string literal(const std::string& value) {
  return quoted(value);
}

template <typename T>
std::string literal(const std::vector<T>& values) {
  std::string text = "[";
  for (const T& value : values) {
    if (text.size() > 1) text += ", ";
    text += literal(value);
  }
  return text + "]";
}

}  // namespace

std::string to_literal(const Value& value) {
  return std::visit([](const auto& held) { return literal(held); }, value);
}

std::string to_literal(double number) {
  char buffer[64];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, number);
  std::string text(buffer, end);
  // Without a point or an exponent TOML would read a whole number; "inf" and "nan" stand as they are.
  if (text.find_first_of(".einf") == std::string::npos) text += ".0";
  return text;
}

std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (const char c : text) {
    switch (c) {
      case '"':
        result += "\\\"";
        break;
      case '\\':
        result += "\\\\";
        break;
      case '\n':
        result += "\\n";
        break;
      case '\r':
        result += "\\r";
        break;
      case '\t':
        result += "\\t";
        break;
      default:
        if (is_control(c)) {
          result += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        } else {
          result += c;
        }
    }
  }
  return result + "\"";
}

bool has_control_characters(std::string_view text) {
  return std::any_of(text.begin(), text.end(), is_control);
}

std::string shortened(std::string_view text, size_t limit) {
  std::string result(text.substr(0, limit));
  if (text.size() > limit) {
    // Not in the middle of a character.
    while (!result.empty() && (static_cast<unsigned char>(text[result.size()]) & 0xc0) == 0x80) result.pop_back();
    result += "...";
  }
  std::replace_if(result.begin(), result.end(), is_control, '?');
  return result;
}

}  // namespace elbo::app
