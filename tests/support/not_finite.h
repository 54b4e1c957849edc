// Values that are no ordinary numbers.
#pragma once

#include <limits>

namespace elbo::testing_support {

inline constexpr double kInf = std::numeric_limits<double>::infinity();
inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

}  // namespace elbo::testing_support
