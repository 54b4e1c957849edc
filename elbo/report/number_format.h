// Numbers and durations as people read them: a true minus sign, thousands set off, a sensible count of digits.
//
//   fixed(-109.2312, 2)            == "−109.23"
//   significant(0.00012345, 3)     == "1.23×10⁻⁴"
//   with_thousands(60000)          == "60,000"
//   plus_minus(109.2312, 0.0412)   == "109.23 ± 0.04"
//   duration(83)                   == "1m 23s"
#pragma once

#include <cstdint>
#include <string>

namespace elbo::report {

// Digits after the point that fit a standard error: one significant digit of it, two when it begins with 1 or 2.
inline constexpr int kFitDigits = -1;
int digits_for(double standard_error);

// NaN and infinities are written "nan", "inf", "−inf" by all of these: a table must show that a run failed.
std::string fixed(double value, int digits);
std::string significant(double value, int digits);
std::string with_thousands(int64_t value);
std::string plus_minus(double mean, double standard_error, int digits = kFitDigits);

// "0.4s", "12s", "1m 23s", "2h 05m", "3d 04h"; "–" where the time is not known (negative, NaN, infinite).
std::string duration(double seconds);

// "512 B", "1.5 MiB".
std::string byte_size(double bytes);

// "10⁵", "2×10⁻³": the exponent in raised digits.
std::string power_of_ten(const std::string& mantissa, int exponent);

}  // namespace elbo::report
