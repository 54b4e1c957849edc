// The version of the program; tests/run/version_test.cpp holds it to the one in CMakeLists.txt.
#pragma once

#include <string_view>

namespace elbo::run {

inline constexpr std::string_view kVersion = "0.1.0";

}  // namespace elbo::run
