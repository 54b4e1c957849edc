// Words of a dotted key: "flow.0.layers" begins with "flow", and its second word is a number.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace elbo {

inline constexpr std::string_view kNone = "none";  // an optional part that is left empty
inline constexpr std::string_view kName = "name";  // of a part: "flow.name"

inline std::string_view first_word(std::string_view key) {
  return key.substr(0, key.find('.'));
}
inline std::string_view after_first_word(std::string_view key) {
  const size_t dot = key.find('.');
  return dot == key.npos ? std::string_view() : key.substr(dot + 1);
}
inline std::string_view last_word(std::string_view key) {
  return key.substr(key.rfind('.') + 1);
}

// A number as lists are counted, in its only spelling.
inline std::optional<size_t> index_of(std::string_view word) {
  if (word.size() > 1 && word.front() == '0') return std::nullopt;
  size_t index = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), index);
  if (error != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return index;
}

}  // namespace elbo
