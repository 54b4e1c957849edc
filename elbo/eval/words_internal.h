// Figures in sentences.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace elbo::eval {

// Three digits that count: "12.4", "0.0321".
inline std::string in_words(double value) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3g", value);
  return text.data();
}

}  // namespace elbo::eval
