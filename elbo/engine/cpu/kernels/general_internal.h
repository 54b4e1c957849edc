// What the general kernels have in common.  They run in every step, so nothing here allocates.
#pragma once

#include <array>

#include "elbo/engine/cpu/kernels/general_kernels.h"

namespace elbo::cpu {

inline const float* reals(const GeneralKernel& k, size_t slot) {
  return static_cast<const float*>(k.src[slot]);
}
inline float* result(const GeneralKernel& k) {
  return static_cast<float*>(k.dst);
}

// Strides and indices of a shape's axes.
using Index = std::array<int64_t, Shape::kMaxRank>;

inline Index dense_strides(const Shape& shape) {
  Index strides{};
  int64_t step = 1;
  for (int axis = shape.rank() - 1; axis >= 0; --axis) {
    strides[static_cast<size_t>(axis)] = step;
    step *= shape[axis];
  }
  return strides;
}

// An axis splits a shape into outer x extent x inner.
struct AroundAxis {
  int64_t outer = 1, extent = 1, inner = 1;
  AroundAxis(const Shape& shape, int64_t axis) : extent(shape[static_cast<int>(axis)]) {
    for (int a = 0; a < shape.rank(); ++a) (a < axis ? outer : inner) *= a == axis ? 1 : shape[a];
  }
};

}  // namespace elbo::cpu
