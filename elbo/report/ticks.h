// Ticks: round positions along an axis and their labels.
//
//   const Ticks t = nice_ticks({.low = 98.3, .high = 131.0});   // 100, 105, ..., 130
//   const Ticks l = log_ticks({.low = 0.02, .high = 900});      // 0.1, 1, 10, 100; minor 0.02, 0.03, ...
#pragma once

#include <string>
#include <vector>

namespace elbo::report {

// Closed interval on an axis; what an axis shows.
struct Range {
  double low = 0;
  double high = 1;
};

struct Ticks {
  std::vector<double> values;       // rising, within the range
  std::vector<std::string> labels;  // one for each value, all different
  std::vector<double> minor;        // unlabelled, logarithmic axes only
};

struct TickOptions {
  int most = 6;           // steps the range is cut into, at most, unless that leaves fewer than three ticks
  bool integers = false;  // only whole numbers (epochs, layers)
};

// Steps of 1, 2 or 5 times a power of ten.  The range must be finite with low < high.
Ticks nice_ticks(const Range& range, const TickOptions& options = {});
// Powers of ten, with 2 and 5 between them on a short range, and linear ticks on one below a factor of five or so.
Ticks log_ticks(const Range& range, const TickOptions& options = {});

// The smallest range that holds every finite value; a single value gets room around it, none gives [0, 1]
// (logarithmic: [1, 10], and values that are not positive do not count).  Values beyond 1e250 count as infinite.
struct RangeOptions {
  bool logarithmic = false;
  double margin = 0;  // share of the length added at both ends
};
Range range_of(const std::vector<double>& values, const RangeOptions& options = {});

}  // namespace elbo::report
