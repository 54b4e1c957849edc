#include "elbo/report/ticks.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "elbo/report/number_format.h"

namespace elbo::report {
namespace {

// A step of digit * 10^exponent; multiples of it are computed so that 3 * 0.1 is 0.3.
struct Step {
  int digit = 1;
  int exponent = 0;

  double times(int64_t n) const {
    const double product = static_cast<double>(n * digit);
    return exponent >= 0 ? product * std::pow(10.0, exponent) : product / std::pow(10.0, -exponent);
  }
};

// The smallest nice step that is at least `raw`.
Step step_at_least(double raw) {
  Step step{.digit = 1, .exponent = static_cast<int>(std::floor(std::log10(raw)))};
  while (step.times(1) < raw * (1 - 1e-9)) {
    step.digit = step.digit == 1 ? 2 : step.digit == 2 ? 5 : 1;
    if (step.digit == 1) ++step.exponent;
  }
  return step;
}

Step finer(const Step& step) {
  if (step.digit == 1) return {.digit = 5, .exponent = step.exponent - 1};
  return {.digit = step.digit == 5 ? 2 : 1, .exponent = step.exponent};
}

std::string label_of(double value, const Step& step, double largest) {
  if (value == 0) return "0";
  if (largest < 1e6 && largest >= 1e-4) return fixed(value, std::max(0, -step.exponent));
  const int exponent = static_cast<int>(std::floor(std::log10(largest) + 1e-12));
  const std::string mantissa = fixed(value / std::pow(10.0, exponent), std::max(0, exponent - step.exponent));
  return power_of_ten(mantissa, exponent);
}

std::string log_label(int digit, int exponent) {
  if (exponent >= -3 && exponent <= 4) return fixed(digit * std::pow(10.0, exponent), std::max(0, -exponent));
  return power_of_ten(std::to_string(digit), exponent);
}

}  // namespace

Ticks nice_ticks(const Range& range, const TickOptions& options) {
  constexpr double kSlack = 1e-9;  // a tick that only rounding puts outside stays
  Step step = step_at_least((range.high - range.low) / std::max(options.most, 1));
  const auto first = [&] { return static_cast<int64_t>(std::ceil(range.low / step.times(1) - kSlack)); };
  const auto last = [&] { return static_cast<int64_t>(std::floor(range.high / step.times(1) + kSlack)); };
  while (last() - first() < 2) step = finer(step);  // two ticks or fewer do not tell a scale
  if (options.integers && step.exponent < 0) step = {.digit = 1, .exponent = 0};
  const double largest = std::max(std::abs(step.times(first())), std::abs(step.times(last())));
  Ticks ticks;
  for (int64_t n = first(); n <= last(); ++n) {
    ticks.values.push_back(std::clamp(step.times(n), range.low, range.high));
    ticks.labels.push_back(label_of(step.times(n), step, largest));
  }
  return ticks;
}

Ticks log_ticks(const Range& range, const TickOptions& options) {
  const int first = static_cast<int>(std::floor(std::log10(range.low) - 1e-9));
  const int last = static_cast<int>(std::ceil(std::log10(range.high) + 1e-9));
  const auto inside = [&](double value) { return value >= range.low * (1 - 1e-9) && value <= range.high * (1 + 1e-9); };
  int decades = 0;
  for (int e = first; e <= last; ++e) decades += inside(std::pow(10.0, e)) ? 1 : 0;
  const int most = std::max(options.most, 1);
  const int stride = std::max(1, (decades - 1 + most - 1) / most);
  Ticks ticks;
  for (int e = first; e <= last; ++e) {
    const double power = std::pow(10.0, e);
    for (int digit = 1; digit <= 9; ++digit) {
      const double value = std::clamp(digit * power, range.low, range.high);
      if (!inside(digit * power)) continue;
      const bool between = decades <= 2 && (digit == 2 || digit == 5);
      if ((digit == 1 && e % stride == 0) || between) {
        ticks.values.push_back(value);
        ticks.labels.push_back(log_label(digit, e));
      } else if (stride == 1 || digit == 1) {
        ticks.minor.push_back(value);
      }
    }
  }
  if (ticks.values.size() < 3 && range.high < 10 * range.low) return nice_ticks(range, options);
  return ticks;
}

Range range_of(const std::vector<double>& values, const RangeOptions& options) {
  // So that lengths, ratios and margins stay finite.
  constexpr double kLargest = 1e250;
  constexpr double kSmallest = 1e-250;
  bool any = false;
  Range range;
  for (const double value : values) {
    const bool counts = std::abs(value) <= kLargest && (!options.logarithmic || value >= kSmallest);
    if (!counts) continue;
    range = any ? Range{.low = std::min(range.low, value), .high = std::max(range.high, value)}
                : Range{.low = value, .high = value};
    any = true;
  }
  if (!any) return options.logarithmic ? Range{.low = 1, .high = 10} : Range{};
  if (options.logarithmic) {
    if (range.high < range.low * (1 + 1e-9)) return {.low = range.low / 2, .high = range.high * 2};
    const double factor = std::pow(10.0, options.margin * (std::log10(range.high) - std::log10(range.low)));
    return {.low = range.low / factor, .high = range.high * factor};
  }
  const double size = std::max(std::abs(range.low), std::abs(range.high));
  const double length = range.high - range.low;
  if (length <= 1e-9 * size || length < kSmallest) {
    const double room = size < kSmallest ? 1 : 0.05 * size;
    return {.low = range.low - room, .high = range.high + room};
  }
  return {.low = range.low - options.margin * length, .high = range.high + options.margin * length};
}

}  // namespace elbo::report
