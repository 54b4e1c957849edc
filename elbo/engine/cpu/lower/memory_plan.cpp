#include "elbo/engine/cpu/lower/memory_plan.h"

#include <algorithm>
#include <numeric>

namespace elbo::cpu {

MemoryPlan plan_memory(const std::vector<Lifetime>& values) {
  constexpr size_t kGrain = 64;
  const auto rounded = [](size_t bytes) { return (bytes + kGrain - 1) / kGrain * kGrain; };
  MemoryPlan plan;
  plan.offsets.assign(values.size(), 0);
  std::vector<size_t> order(values.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return values[a].bytes > values[b].bytes; });

  std::vector<size_t> placed;  // ascending by offset
  for (const size_t index : order) {
    const Lifetime& value = values[index];
    plan.bytes_without_reuse += rounded(value.bytes);
    size_t offset = 0;
    for (const size_t other : placed) {
      if (values[other].last < value.first || value.last < values[other].first) continue;
      if (offset + rounded(value.bytes) <= plan.offsets[other]) break;
      offset = std::max(offset, plan.offsets[other] + rounded(values[other].bytes));
    }
    plan.offsets[index] = offset;
    plan.bytes = std::max(plan.bytes, offset + rounded(value.bytes));
    placed.insert(std::upper_bound(placed.begin(), placed.end(), offset,
                                   [&](size_t at, size_t other) { return at < plan.offsets[other]; }),
                  index);
  }

  int last = 0;
  for (const Lifetime& value : values) last = std::max(last, value.last);
  std::vector<int64_t> change(static_cast<size_t>(last) + 2, 0);
  for (const Lifetime& value : values) {
    change[static_cast<size_t>(value.first)] += static_cast<int64_t>(value.bytes);
    change[static_cast<size_t>(value.last) + 1] -= static_cast<int64_t>(value.bytes);
  }
  int64_t alive = 0, most = -1;
  int peak = 0;
  for (int stage = 0; stage <= last; ++stage) {
    alive += change[static_cast<size_t>(stage)];
    if (alive > most) most = alive, peak = stage;
  }
  for (const size_t index : order) {
    if (values[index].first <= peak && peak <= values[index].last) plan.alive_at_peak.push_back(index);
  }
  return plan;
}

}  // namespace elbo::cpu
