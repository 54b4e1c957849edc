// Rows as a table of text.
#pragma once

#include <string>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::app {

// rows f64 [n, dim]: one a line, under the names of the columns where they have some.
std::string csv_of(const Array& rows, const std::vector<std::string>& names);

}  // namespace elbo::app
