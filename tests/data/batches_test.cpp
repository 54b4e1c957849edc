#include "elbo/data/batches.h"

#include <algorithm>
#include <map>

#include "elbo/data/random.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;

std::vector<int64_t> epoch_of(Batches& batches, int64_t epoch) {
  std::vector<int64_t> rows;
  for (int64_t batch = 0; batch < batches.batches_per_epoch(); ++batch) {
    const auto part = batches.rows_of(epoch, batch);
    rows.insert(rows.end(), part.begin(), part.end());
  }
  return rows;
}

TEST(Permutation, HoldsEveryRowOnce) {
  for (const int64_t size : {0, 1, 2, 3, 1000}) {
    std::vector<int64_t> order = permutation(size, {.seed = 3});
    ASSERT_EQ(static_cast<int64_t>(order.size()), size);
    std::sort(order.begin(), order.end());
    for (int64_t i = 0; i < size; ++i) EXPECT_EQ(order[static_cast<size_t>(i)], i);
  }
}

TEST(Permutation, GivesEachOrderEquallyOften) {
  constexpr int kDraws = 24000;
  std::map<std::vector<int64_t>, int> counts;
  for (uint32_t stream = 0; stream < kDraws; ++stream) ++counts[permutation(4, {.seed = 1, .stream = stream})];
  ASSERT_EQ(counts.size(), 24u);
  double chi_squared = 0;
  for (const auto& [order, count] : counts) chi_squared += (count - 1000.0) * (count - 1000.0) / 1000;
  EXPECT_LT(chi_squared, 49.7);  // the 0.999 quantile for 23 degrees of freedom
}

TEST(Permutation, DependsOnSeedPurposeAndStream) {
  const auto order = permutation(100, {.seed = 1});
  EXPECT_EQ(permutation(100, {.seed = 1}), order);
  EXPECT_NE(permutation(100, {.seed = 2}), order);
  EXPECT_NE(permutation(100, {.seed = uint64_t{1} << 32 | 1}), order);
  EXPECT_NE(permutation(100, {.seed = 1, .purpose = Purpose::kSplit}), order);
  EXPECT_NE(permutation(100, {.seed = 1, .stream = 1}), order);
}

TEST(RowRandom, DrawsBelowABoundEvenly) {
  std::vector<int> counts(3, 0);
  RowRandom random({.seed = 5}, 0);
  for (int i = 0; i < 30000; ++i) ++counts[random.below(3)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 4 * 82);  // sd = sqrt(30000 * 2 / 9)
}

TEST(Batches, VisitEachRowOncePerEpochAndLeaveOutTheRest) {
  Batches batches({.rows = 103, .batch_size = 10, .seed = 4});
  EXPECT_EQ(batches.batches_per_epoch(), 10);
  EXPECT_EQ(batches.rows_left_out(), 3);
  std::vector<int64_t> first = epoch_of(batches, 0), second = epoch_of(batches, 1);
  EXPECT_NE(first, second);
  for (auto* rows : {&first, &second}) {
    std::sort(rows->begin(), rows->end());
    EXPECT_EQ(rows->size(), 100u);
    EXPECT_EQ(std::adjacent_find(rows->begin(), rows->end()), rows->end());
    EXPECT_GE(rows->front(), 0);
    EXPECT_LT(rows->back(), 103);
  }
  EXPECT_NE(first, second) << "the same rows are left out in each epoch";
}

TEST(Batches, ResumeAnywhereFromEpochAndBatchAlone) {
  Batches through({.rows = 57, .batch_size = 8, .seed = 9});
  for (int64_t step = 0; step < 30; ++step) {
    Batches fresh({.rows = 57, .batch_size = 8, .seed = 9});
    const auto expected = fresh.rows_of(step / 7, step % 7);
    const auto rows = through.rows_of_step(step);
    EXPECT_TRUE(std::equal(rows.begin(), rows.end(), expected.begin(), expected.end())) << step;
  }
}

// A changed order changes every result that was ever published with a seed.
TEST(Batches, KeepTheOrderThatASeedHasAlwaysGiven) {
  Batches batches({.rows = 8, .batch_size = 8, .seed = 2026});
  const auto rows = batches.rows_of(3, 0);
  EXPECT_THAT(std::vector<int64_t>(rows.begin(), rows.end()), ElementsAre(5, 4, 0, 1, 6, 3, 7, 2));
}

TEST(Batches, GoInOrderWhenNotShuffled) {
  Batches batches({.rows = 5, .batch_size = 2, .shuffle = false});
  EXPECT_EQ(epoch_of(batches, 7), (std::vector<int64_t>{0, 1, 2, 3}));
}

TEST(Batches, RefuseSizesThatDoNotFit) {
  EXPECT_EQ(message_of<ConfigError>([] { Batches({.rows = 100, .batch_size = 128}); }),
            "batch_size = 128 with 100 rows: must be from 1 to the number of rows");
  EXPECT_THROW(Batches({.rows = 100, .batch_size = 0}), ConfigError);
  EXPECT_THROW(Batches({.rows = 0, .batch_size = 1}), ConfigError);
  Batches batches({.rows = 4, .batch_size = 2});
  EXPECT_THROW(batches.rows_of(0, 2), ShapeError);
  EXPECT_THROW(batches.rows_of(-1, 0), ShapeError);
}

TEST(EvaluationBatches, PadTheLastBatchWithItsLastRow) {
  EvaluationBatches batches(5, 2);
  EXPECT_EQ(batches.count(), 3);
  std::vector<int64_t> seen;
  for (int64_t i = 0; i < batches.count(); ++i) {
    const EvaluationBatch batch = batches.batch(i);
    EXPECT_EQ(batch.rows.size(), 2u);
    for (int64_t k = 0; k < batch.valid; ++k) seen.push_back(batch.rows[static_cast<size_t>(k)]);
  }
  EXPECT_THAT(seen, ElementsAre(0, 1, 2, 3, 4));
  EXPECT_EQ(batches.batch(2).valid, 1);
  EXPECT_THAT(batches.batch(2).rows[1], 4);
  EXPECT_EQ(EvaluationBatches(2, 10).batch(0).valid, 2);
  EXPECT_EQ(EvaluationBatches(4, 2).count(), 2);
  EXPECT_THROW(EvaluationBatches(0, 2), ConfigError);
  EXPECT_THROW(EvaluationBatches(2, 0), ConfigError);
  EXPECT_THROW(batches.batch(3), ShapeError);
}

TEST(Gather, CopiesRowsOfAnyShape) {
  const Array rows = Array::of<float>({3, 2}, {0, 1, 10, 11, 20, 21});
  Array out(DType::kF32, {4, 2});
  const std::byte* place = out.data();
  gather(rows, std::vector<int64_t>{2, 0, 2, 1}, out);
  EXPECT_EQ(out.data(), place);
  const auto values = out.values<float>();
  EXPECT_THAT(std::vector<float>(values.begin(), values.end()), ElementsAre(20, 21, 0, 1, 20, 21, 10, 11));
  Array labels(DType::kI32, {2});
  gather(Array::of<int32_t>({3}, {7, 8, 9}), std::vector<int64_t>{2, 1}, labels);
  EXPECT_EQ(labels.values<int32_t>()[0], 9);
}

TEST(Gather, RefusesWhatDoesNotFit) {
  const Array rows(DType::kU8, {3, 2});
  const std::vector<int64_t> two{0, 1};
  Array wide(DType::kU8, {2, 3}), other(DType::kF32, {2, 2}), more(DType::kU8, {3, 2}), fits(DType::kU8, {2, 2});
  EXPECT_EQ(message_of<ShapeError>([&] { gather(rows, two, wide); }),
            "gather of 2 rows of [3, 2] u8: does not fit [2, 3] u8");
  EXPECT_THROW(gather(rows, two, other), ShapeError);
  EXPECT_THROW(gather(rows, two, more), ShapeError);
  EXPECT_EQ(message_of<ShapeError>([&] { gather(rows, std::vector<int64_t>{0, 3}, fits); }), "gather: row 3 of 3");
  EXPECT_THROW(gather(rows, std::vector<int64_t>{-1, 0}, fits), ShapeError);
}

}  // namespace
}  // namespace elbo::data
