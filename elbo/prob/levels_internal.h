// What distributions over levels 0, 1, ..., levels - 1 have in common.
#pragma once

#include "elbo/engine/ops.h"
#include "elbo/settings/option.h"

namespace elbo::prob {

inline Option levels_option() {
  return Integer{
      .key = "levels",
      .value = 256,
      .meaning = "how many: values are whole numbers from 0 to one less, such as the 256 grey levels of bytes",
      .limits = {.at_least = 2, .at_most = 65'536}};
}

// 0, 1, ..., levels - 1: [levels].
inline Tensor level_numbers(Graph& graph, int64_t levels) {
  Array numbers(DType::kF32, {levels});
  float next = 0;
  for (float& number : numbers.values<float>()) number = next++;
  return graph.constant(numbers);
}

}  // namespace elbo::prob
