// The stylesheet that every page carries.
#pragma once

#include <string_view>

namespace elbo::report {

extern const std::string_view kStylesheet;

}  // namespace elbo::report
