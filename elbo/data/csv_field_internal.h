// What one field of a table is.
#pragma once

#include <string_view>

namespace elbo::data {

inline constexpr std::string_view kCsvBlanks = " \t";

std::string_view without_blanks(std::string_view text);

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
