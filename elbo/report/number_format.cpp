#include "elbo/report/number_format.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <fmt/format.h>
#include <string_view>

namespace elbo::report {
namespace {

constexpr std::string_view kMinus = "−";

std::string nonfinite(double value) {
  return std::isnan(value) ? "nan" : value > 0 ? "inf" : std::string(kMinus) + "inf";
}

// "-12345.6" to "−12,345.6".  Four digits stay together ("1000"), as is usual in print.
std::string typeset(std::string digits) {
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  size_t at = std::min(digits.find('.'), digits.size());
  if (at > 4) {
    while (at > 3) {
      at -= 3;
      digits.insert(at, ",");
    }
  }
  // A value that rounds to nothing carries no sign.
  const bool zero = digits.find_first_of("123456789") == std::string::npos;
  return negative && !zero ? std::string(kMinus) + digits : digits;
}

}  // namespace

int digits_for(double standard_error) {
  constexpr int kWithoutError = 2;
  if (!std::isfinite(standard_error) || standard_error <= 0) return kWithoutError;
  const int exponent = static_cast<int>(std::floor(std::log10(standard_error)));
  // 2.95 would be printed as 3 at one digit, and 3 is where one digit is enough.
  const bool two_digits = standard_error / std::pow(10.0, exponent) < 2.95;
  return std::clamp(two_digits ? 1 - exponent : -exponent, 0, 12);
}

std::string fixed(double value, int digits) {
  if (!std::isfinite(value)) return nonfinite(value);
  // Past this a fixed spelling is a row of meaningless digits.
  if (std::abs(value) >= 1e15) return significant(value, 4);
  return typeset(fmt::format("{:.{}f}", value, std::clamp(digits, 0, 17)));
}

std::string significant(double value, int digits) {
  if (!std::isfinite(value)) return nonfinite(value);
  const int behind = std::clamp(digits, 1, 17) - 1;
  const std::string text = fmt::format("{:.{}e}", value, behind);
  const size_t e = text.find('e');
  const int exponent = std::stoi(text.substr(e + 1));
  const bool plain = exponent >= -4 && (exponent < 6 || exponent <= behind);
  return plain ? fixed(value, std::max(0, behind - exponent)) : power_of_ten(typeset(text.substr(0, e)), exponent);
}

std::string with_thousands(int64_t value) {
  return typeset(fmt::format("{}", value));
}

std::string plus_minus(double mean, double standard_error, int digits) {
  if (digits == kFitDigits) digits = digits_for(standard_error);
  return fixed(mean, digits) + " ± " + fixed(standard_error, digits);
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "–";
  if (seconds < 9.95) return fmt::format("{:.1f}s", seconds);
  const double whole = std::round(seconds);
  if (whole >= 1e9) return significant(whole / 86400, 3) + "d";
  const auto s = static_cast<int64_t>(whole);
  if (s < 60) return fmt::format("{}s", s);
  if (s < 3600) return fmt::format("{}m {:02}s", s / 60, s % 60);
  if (s < 86400) return fmt::format("{}h {:02}m", s / 3600, s / 60 % 60);
  return fmt::format("{}d {:02}h", s / 86400, s / 3600 % 24);
}

std::string byte_size(double bytes) {
  constexpr std::array<std::string_view, 5> kUnits{"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (std::abs(bytes) >= 1023.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", fixed(bytes, unit == 0 || std::abs(bytes) >= 99.95 ? 0 : 1), kUnits[unit]);
}

std::string power_of_ten(const std::string& mantissa, int exponent) {
  constexpr std::array<std::string_view, 10> kRaised{"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string out = mantissa == "1"                         ? "10"
                    : mantissa == std::string(kMinus) + "1" ? std::string(kMinus) + "10"
                                                            : mantissa + "×10";
  if (exponent < 0) out += "⁻";
  for (const char c : std::to_string(std::abs(exponent))) out += kRaised[static_cast<size_t>(c - '0')];
  return out;
}

}  // namespace elbo::report
