#include "elbo/engine/cpu/kernels/cut.h"

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

// A staircase: each column costs as much as its place.
TEST(CutsOfEqualWork, ShareAStaircase) {
  const auto work = [](int64_t n) { return static_cast<double>(n) * static_cast<double>(n); };
  for (int64_t extent = 16; extent < 1000; extent += 13) {
    for (int64_t parts = 1; parts <= std::min<int64_t>(4, parts_of(extent, 16)); ++parts) {
      const std::vector<Cut> cuts = cuts_of_equal_work(extent, parts, 16, work);
      ASSERT_EQ(static_cast<int64_t>(cuts.size()), parts);
      int64_t end = 0;
      for (size_t part = 0; part < cuts.size(); ++part) {
        const Cut& cut = cuts[part];
        ASSERT_EQ(cut.first, end);
        ASSERT_GT(cut.size, 0);
        end += cut.size;
        if (part + 1 == cuts.size()) break;
        ASSERT_EQ(cut.size % 16, 0);
        const double share = work(extent) * static_cast<double>(part + 1) / static_cast<double>(parts);
        const double grain = work(end + 16) - work(end);  // of the work, at this place
        ASSERT_NEAR(work(end), share, grain) << extent << " in " << parts;
      }
      ASSERT_EQ(end, extent);
    }
  }
}

TEST(CutsOfEqualWork, LeaveAGrainForEachPart) {
  const std::vector<Cut> cuts = cuts_of_equal_work(64, 4, 16, [](int64_t n) { return n < 64 ? 0.0 : 1.0; });
  for (const Cut& cut : cuts) EXPECT_EQ(cut.size, 16);
}

}  // namespace
}  // namespace elbo::cpu
