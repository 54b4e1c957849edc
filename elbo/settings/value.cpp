#include "elbo/settings/value.h"

#include <algorithm>
#include <charconv>
#include <fmt/core.h>
#include <type_traits>

namespace elbo {
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
  return in_quotes(value);
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

std::string in_quotes(std::string_view text) {
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

// Overlong forms, surrogates and what lies beyond U+10FFFF are none (RFC 3629).
bool is_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto byte = [&](size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
    const unsigned first = byte(i), second = byte(i + 1);
    size_t length = 1;
    unsigned low = 0x80, high = 0xbf;  // of the second byte
    if (first >= 0x80) {
      if (first < 0xc2 || first > 0xf4) return false;
      length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
      if (first == 0xe0) low = 0xa0;
      if (first == 0xed) high = 0x9f;
      if (first == 0xf0) low = 0x90;
      if (first == 0xf4) high = 0x8f;
      if (second < low || second > high) return false;
      for (size_t more = 2; more < length; ++more) {
        if ((byte(i + more) & 0xc0U) != 0x80U) return false;
      }
    }
    i += length;
  }
  return true;
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

}  // namespace elbo
