#include "elbo/engine/cpu/cut.h"

#include <gtest/gtest.h>

namespace elbo::cpu {
namespace {

TEST(EvenCut, CoversAllInPartsThatDifferByAGrainAtMost) {
  constexpr int64_t kGrain = 8;
  for (int64_t extent = 1; extent < 1000; extent += 7) {
    for (int64_t parts = 1; parts <= parts_of(extent, kGrain); ++parts) {
      int64_t end = 0, least = extent;
      for (int64_t part = 0; part < parts; ++part) {
        const Cut cut = even_cut(extent, parts, kGrain, part);
        ASSERT_EQ(cut.first, end);
        ASSERT_EQ(cut.first % kGrain, 0);
        ASSERT_LE(cut.size, parts_of(parts_of(extent, kGrain), parts) * kGrain);
        if (part + 1 < parts) least = std::min(least, cut.size);
        end += cut.size;
      }
      ASSERT_EQ(end, extent);
      ASSERT_GE(least, parts > 1 ? extent / kGrain / parts * kGrain : 1);
    }
  }
}

TEST(EvenCut, GivesHalvesEqualShares) {
  EXPECT_EQ(even_cut(784, 6, 8, 3).first, 392);
  EXPECT_EQ(even_cut(500, 4, 8, 2).first, 248);
}

TEST(CutOfSize, LeavesTheRestToTheLast) {
  EXPECT_EQ(parts_of(500, 128), 4);
  EXPECT_EQ(cut_of_size(500, 128, 3).first, 384);
  EXPECT_EQ(cut_of_size(500, 128, 3).size, 116);
}

}  // namespace
}  // namespace elbo::cpu
