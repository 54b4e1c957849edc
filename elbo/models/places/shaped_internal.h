// Numbers of a network as a parameter of a distribution.
#pragma once

#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"

namespace elbo::models {

inline bool is_scale(const prob::ParameterSpec& spec) {
  return spec.role == prob::Role::kScale;
}

// [rows, count] -> [rows, shape...].
inline Tensor shaped(Tensor numbers, const prob::ParameterSpec& spec) {
  std::vector<int64_t> extents{numbers.shape()[0]};
  extents.insert(extents.end(), spec.shape.begin(), spec.shape.end());
  return reshape(numbers, Shape(extents));
}

}  // namespace elbo::models
