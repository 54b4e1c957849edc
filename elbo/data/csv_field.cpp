#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string>

#include "elbo/data/csv_field_internal.h"

namespace elbo::data {

namespace {

// Those of pandas, and those of SAS (.), of the UCI repository (?) and of tables made by hand (-, --).
constexpr std::string_view kMissingMarks[] = {"",    "NA",   "N/A",  "n/a",    "<NA>",    "#N/A",    "#NA",     "NaN",
                                              "nan", "-NaN", "-nan", "NULL",   "Null",    "null",    "None",    "?",
                                              "-",   "--",   ".",    "1.#IND", "-1.#IND", "1.#QNAN", "-1.#QNAN"};

// The number that all of the text is; infinite where a double cannot hold it, NaN for "nan".
std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (stop != end || error == std::errc::invalid_argument) return std::nullopt;
  if (error != std::errc::result_out_of_range) return value;
  // 1e400 or 1e-400: a wider type tells which.
  long double wide = 0;
  const auto again = std::from_chars(text.data(), end, wide);
  if (again.ec == std::errc()) return static_cast<double>(wide);
  return std::numeric_limits<double>::infinity();
}

std::optional<double> number_with_comma(std::string_view text) {
  if (text.find('.') != text.npos || std::count(text.begin(), text.end(), ',') != 1) return std::nullopt;
  std::string pointed(text);
  std::replace(pointed.begin(), pointed.end(), ',', '.');
  return number_of(pointed);
}

}  // namespace

std::string_view without_blanks(std::string_view text) {
  const auto is_blank = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing_mark(std::string_view field) {
  return std::find(std::begin(kMissingMarks), std::end(kMissingMarks), field) != std::end(kMissingMarks);
}

Field read_field(std::string_view field, bool decimal_comma) {
  // A point beside a decimal comma could only mark thousands.
  const bool comma_form = decimal_comma && field.find_first_of(",.") != field.npos;
  if (const auto number = comma_form ? number_with_comma(field) : number_of(field)) {
    const FieldKind kind = std::isfinite(*number) ? FieldKind::kNumber
                           : std::isnan(*number)  ? FieldKind::kMissing
                                                  : FieldKind::kInfinite;
    return {kind, *number};
  }
  const std::string_view inner = without_blanks(field);
  if (inner.size() != field.size()) return read_field(inner, decimal_comma);  // of a field in quotes
  if (is_missing_mark(field)) return {FieldKind::kMissing, std::numeric_limits<double>::quiet_NaN()};
  if (!decimal_comma && number_with_comma(field)) return {FieldKind::kDecimalComma, 0};
  return {FieldKind::kWord, 0};
}

}  // namespace elbo::data
