// What a series becomes on paper: runs of points without gaps, thinned to what the eye can see.
#pragma once

#include <vector>

#include "elbo/report/svg.h"

namespace elbo::report {

// One point of a curve in pixels, with the lower and upper edge of its band.
struct CurvePoint {
  double x = 0;
  double y = 0;
  double band_low = 0;
  double band_high = 0;
};
using Run = std::vector<CurvePoint>;

// In each pixel column the first, lowest, highest and last point are kept, which draws the same line; the band keeps
// its extremes.  Runs whose x does not rise, and short ones, stay as they are.
Run thinned(const Run& run);

}  // namespace elbo::report
