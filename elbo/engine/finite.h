// Looking for what is not finite in values that are about to be kept, shown or computed with.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "elbo/engine/array.h"

namespace elbo {

// Where the first NaN or infinity stands, counted from 0; nothing when all values are finite, as integers are.
std::optional<size_t> first_nonfinite(const Array& array);

// "[2, 17]": where that stands in an array of the shape, for messages.
std::string place_text(const Shape& shape, size_t index);

}  // namespace elbo
