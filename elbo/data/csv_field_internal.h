// What one field of a table is.
#pragma once

#include <string_view>

namespace elbo::data {

inline bool is_blank_char(char c) {
  return c == ' ' || c == '\t';
}

inline std::string_view without_blanks(std::string_view text) {
  while (!text.empty() && is_blank_char(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank_char(text.back())) text.remove_suffix(1);
  return text;
}

enum class FieldKind {
  kNumber,
  kInfinite,      // "inf", or a number beyond what a double holds
  kMissing,       // empty, NaN or one of the marks that elbo/data/csv.h lists
  kDecimalComma,  // "1,5" where the comma is not the decimal mark
  kWord,
};

struct Field {
  FieldKind kind;
  double value;  // NaN where missing; of a word nothing
};

bool is_missing_mark(std::string_view field);
Field read_field(std::string_view field, bool decimal_comma);

}  // namespace elbo::data
