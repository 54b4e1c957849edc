// MemoryPlan: one block of memory for all intermediate values of a step.
//
// Invariant: two values whose lifetimes overlap never share bytes.  A lifetime is a closed range of stages, since all
// kernels of a stage may run at once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace elbo::cpu {

struct Lifetime {
  size_t bytes = 0;
  int first = 0;
  int last = 0;
};

struct MemoryPlan {
  std::vector<size_t> offsets;  // of each value, multiples of 64
  size_t bytes = 0;             // of the block
  size_t bytes_without_reuse = 0;
  std::vector<size_t> alive_at_peak;  // the values alive at the stage that needs most
};

// Largest values first, each at the lowest offset that is free for its whole lifetime.
MemoryPlan plan_memory(const std::vector<Lifetime>& values);

}  // namespace elbo::cpu
