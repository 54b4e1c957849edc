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

// A number of at most 15 digits without an exponent, as most are: both its digits and the power of ten are exact in a
// double, and so is their quotient rounded once (Clinger 1990), at a fifth of the time of std::from_chars.
std::optional<double> short_number_of(std::string_view text) {
  constexpr size_t kDigits = 15;
  constexpr double kPowers[kDigits + 1] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (text.empty() || text.size() > kDigits + 1) return std::nullopt;
  int64_t digits = 0;
  size_t point = text.size();
  for (size_t i = 0; i < text.size(); ++i) {
    const auto digit = static_cast<unsigned>(text[i] - '0');
    if (digit < 10) {
      digits = 10 * digits + digit;
    } else if (text[i] == '.' && point == text.size()) {
      point = i;
    } else {
      return std::nullopt;
    }
  }
  const bool has_point = point < text.size();
  if (text.size() - (has_point ? 1 : 0) - 1 >= kDigits) return std::nullopt;  // none, or too many
  const double value = static_cast<double>(digits) / kPowers[has_point ? text.size() - point - 1 : 0];
  return negative ? -value : value;
}

// The number that all of the text is; infinite where a double cannot hold it, NaN for "nan".
std::optional<double> number_of(std::string_view text) {
  if (const auto number = short_number_of(text)) return number;
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
