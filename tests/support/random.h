// Draws that follow from their name alone.
#pragma once

#include <string>
#include <vector>

#include "elbo/engine/array.h"
#include "elbo/engine/variable.h"
#include "elbo/nn/initializer.h"

namespace elbo::testing_support {

inline Array normal_array(const std::string& name, const Shape& shape, double scale = 1) {
  Array array(DType::kF64, shape);
  nn::InitialDraws(23, name).fill_normal(array.values<double>());
  for (double& value : array.values<double>()) value *= scale;
  return array;
}

// Away from the gentle first values that a model starts with.
inline void disturb(const std::vector<VariablePtr>& variables, double scale) {
  for (const VariablePtr& variable : variables) {
    const Array noise = normal_array("noise " + variable->name, variable->value.shape(), scale);
    auto values = variable->value.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] += static_cast<float>(noise.values<double>()[i]);
  }
}

}  // namespace elbo::testing_support
