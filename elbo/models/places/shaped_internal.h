// Numbers of a network as a parameter of a distribution.
#pragma once

#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/models/places/scale.h"
#include "elbo/prob/family.h"

namespace elbo::models {

// [rows, count] -> [rows, shape...], through the function that makes scales where it is one.
inline Tensor shaped(Tensor numbers, const prob::ParameterSpec& spec, const ScaleKind& kind) {
  std::vector<int64_t> extents{numbers.shape()[0]};
  extents.insert(extents.end(), spec.shape.begin(), spec.shape.end());
  const Tensor parameter = reshape(numbers, Shape(extents));
  return spec.role == prob::Role::kScale ? kind.scale(parameter) : parameter;
}

}  // namespace elbo::models
