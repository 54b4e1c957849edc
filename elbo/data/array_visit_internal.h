// The values of an array as the type they have.
//
//   const double highest = visit_values(array, [](const auto values) { ... span<const T> ... });
#pragma once

#include <utility>

#include "elbo/engine/array.h"

namespace elbo::data {

template <typename Visitor>
auto visit_values(const Array& array, Visitor&& visitor) {
  switch (array.dtype()) {
    case DType::kU8:
      return visitor(array.values<uint8_t>());
    case DType::kI32:
      return visitor(array.values<int32_t>());
    case DType::kF64:
      return visitor(array.values<double>());
    default:
      return visitor(array.values<float>());
  }
}

}  // namespace elbo::data
