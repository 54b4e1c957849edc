#include "elbo/engine/cpu/lower/memory_plan.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace elbo::cpu {
namespace {

TEST(MemoryPlan, ReusesMemoryOfValuesThatAreGone) {
  const MemoryPlan plan = plan_memory({{.bytes = 1000, .first = 0, .last = 1},
                                       {.bytes = 1000, .first = 1, .last = 2},
                                       {.bytes = 1000, .first = 2, .last = 3}});
  EXPECT_EQ(plan.offsets[0], plan.offsets[2]);
  EXPECT_NE(plan.offsets[0], plan.offsets[1]);
  EXPECT_EQ(plan.bytes, 2U * 1024);
  EXPECT_EQ(plan.bytes_without_reuse, 3U * 1024);
  EXPECT_EQ(plan.alive_at_peak.size(), 2U);
}

TEST(MemoryPlan, IsEmptyForNothing) {
  const MemoryPlan plan = plan_memory({});
  EXPECT_EQ(plan.bytes, 0U);
  EXPECT_TRUE(plan.alive_at_peak.empty());
}

// The invariant: alive together, never the same bytes.  And the plan is not far above what must be alive at once.
TEST(MemoryPlan, KeepsItsInvariantForRandomLifetimes) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<Lifetime> values(1 + random() % 120);
    for (Lifetime& value : values) {
      value.bytes = 1 + random() % 5000;
      value.first = static_cast<int>(random() % 40);
      value.last = value.first + static_cast<int>(random() % 10);
    }
    const MemoryPlan plan = plan_memory(values);
    for (size_t a = 0; a < values.size(); ++a) {
      EXPECT_EQ(plan.offsets[a] % 64, 0U);
      EXPECT_LE(plan.offsets[a] + values[a].bytes, plan.bytes);
      for (size_t b = 0; b < a; ++b) {
        const bool together = values[a].first <= values[b].last && values[b].first <= values[a].last;
        const bool apart = plan.offsets[a] + values[a].bytes <= plan.offsets[b] ||
                           plan.offsets[b] + values[b].bytes <= plan.offsets[a];
        ASSERT_TRUE(!together || apart) << "round " << round << ", values " << a << " and " << b;
      }
    }
    size_t peak = 0;
    for (const size_t index : plan.alive_at_peak) peak += values[index].bytes;
    EXPECT_GE(plan.bytes, peak);
    EXPECT_LE(plan.bytes, plan.bytes_without_reuse);
  }
}

}  // namespace
}  // namespace elbo::cpu
