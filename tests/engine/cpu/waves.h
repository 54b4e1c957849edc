// Arrays for tests whose values do not matter, but differ.
#pragma once

#include <cmath>

#include "elbo/engine/array.h"

namespace elbo {

inline Array waves(const Shape& shape, float step) {
  Array array(DType::kF32, shape);
  for (size_t i = 0; i < array.values<float>().size(); ++i) {
    array.values<float>()[i] = std::sin(step * static_cast<float>(i));
  }
  return array;
}

}  // namespace elbo
