#include <numeric>
#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/philox.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

class TileRandom : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(TileRandom);

using Draw = void (*)(const RandomArgs&);

std::vector<float> draw(Draw kernel, int64_t rows, int64_t cols, int64_t first_row = 0, uint64_t stream = 3,
                        uint64_t step = 9) {
  GuardedFloats dst(static_cast<size_t>(rows * cols));
  kernel({.dst = dst.data(),
          .row_stride = cols,
          .col_stride = 1,
          .rows = rows,
          .cols = cols,
          .first_row = first_row,
          .from = {.seed = 42, .stream = stream, .step = step}});
  return {dst.begin(), dst.end()};
}

TEST_P(TileRandom, UniformsAreTheWordsOfTheBlock) {
  for (const int64_t cols : {1, 2, 3, 4, 5, 8, 20, 33, 64, 130}) {
    for (const int64_t rows : {1, 2, 5, 17}) {
      const int64_t first_row = (int64_t{1} << 32) - 3;  // the low word runs over within the tile
      const uint64_t step = (uint64_t{7} << 32) + 11;
      const std::vector<float> u = draw(random_uniform, rows, cols, first_row, 5, step);
      const std::array<uint32_t, 2> key = random_key({.seed = 42, .stream = 5, .step = step});
      for (int64_t i = 0; i < rows; ++i) {
        for (int64_t j = 0; j < cols; ++j) {
          const uint64_t row = static_cast<uint64_t>(first_row + i);
          const Philox4x32::Counter words =
              Philox4x32::block({static_cast<uint32_t>(row), static_cast<uint32_t>(row >> 32),
                                 static_cast<uint32_t>(j / 4), static_cast<uint32_t>(step)},
                                {key[0], key[1]});
          const float value = u[static_cast<size_t>(i * cols + j)];
          ASSERT_EQ(value, Philox4x32::uniform(words[static_cast<size_t>(j % 4)])) << i << "," << j;
          ASSERT_EQ(value, uniform_draw({.seed = 42, .stream = 5, .step = step}, first_row + i, j));
        }
      }
    }
  }
}

TEST_P(TileRandom, NormalsAgreeWithTheReference) {
  constexpr int64_t kRows = 300, kCols = 37;
  const std::vector<float> z = draw(random_normal, kRows, kCols, 1000);
  for (int64_t i = 0; i < kRows; ++i) {
    for (int64_t j = 0; j < kCols; ++j) {
      ASSERT_NEAR(z[static_cast<size_t>(i * kCols + j)], normal_draw({.seed = 42, .stream = 3, .step = 9}, 1000 + i, j),
                  4e-6);
    }
  }
}

TEST_P(TileRandom, ADrawDoesNotDependOnTiles) {
  for (const Draw kernel : {Draw{random_uniform}, Draw{random_normal}}) {
    for (const int64_t cols : {1, 6, 20, 70}) {
      constexpr int64_t kRows = 50;
      const std::vector<float> whole = draw(kernel, kRows, cols);
      // In pieces of any height, into a wider buffer.
      for (const int64_t height : {1, 3, 16, 49}) {
        const int64_t stride = cols + 2;
        GuardedFloats pieces(static_cast<size_t>((kRows - 1) * stride + cols), -9.0f);
        for (int64_t row = 0; row < kRows; row += height) {
          kernel({.dst = pieces.data() + row * stride,
                  .row_stride = stride,
                  .col_stride = 1,
                  .rows = std::min(height, kRows - row),
                  .cols = cols,
                  .first_row = row,
                  .from = {.seed = 42, .stream = 3, .step = 9}});
        }
        for (size_t at = 0; at < pieces.size(); ++at) {
          const size_t i = at / static_cast<size_t>(stride), j = at % static_cast<size_t>(stride);
          const bool inside = j < static_cast<size_t>(cols);
          ASSERT_EQ(pieces[at], inside ? whole[i * static_cast<size_t>(cols) + j] : -9.0f) << height;
        }
      }
      // Transposed.
      GuardedFloats turned(whole.size());
      kernel({.dst = turned.data(),
              .row_stride = 1,
              .col_stride = kRows,
              .rows = kRows,
              .cols = cols,
              .from = {.seed = 42, .stream = 3, .step = 9}});
      for (size_t i = 0; i < kRows; ++i) {
        for (size_t j = 0; j < static_cast<size_t>(cols); ++j) {
          ASSERT_EQ(turned[j * kRows + i], whole[i * static_cast<size_t>(cols) + j]);
        }
      }
    }
    // More columns leave the first ones as they are.
    const std::vector<float> narrow = draw(kernel, 9, 5), wide = draw(kernel, 9, 40);
    for (size_t i = 0; i < 9; ++i) {
      for (size_t j = 0; j < 5; ++j) ASSERT_EQ(narrow[i * 5 + j], wide[i * 40 + j]);
    }
  }
}

TEST_P(TileRandom, EmptyTilesAreLeftAlone) {
  random_uniform({.rows = 0, .cols = 5});
  random_normal({.rows = 5, .cols = 0});
}

// Bounds at five standard errors; the numbers are the same in every run.
TEST_P(TileRandom, UniformsFillTheirCellsEvenly) {
  const std::vector<float> u = draw(random_uniform, 4000, 100);
  const double n = static_cast<double>(u.size());
  std::vector<double> cells(256);
  double sum = 0.0, neighbours = 0.0;
  for (size_t i = 0; i < u.size(); ++i) {
    ASSERT_GT(u[i], 0.0f);
    ASSERT_LT(u[i], 1.0f);
    cells[static_cast<size_t>(u[i] * 256.0f)] += 1.0;
    sum += u[i];
    if (i > 0) neighbours += (u[i] - 0.5) * (u[i - 1] - 0.5) * 12.0;
  }
  double chi_square = 0.0;
  for (const double cell : cells) chi_square += (cell - n / 256.0) * (cell - n / 256.0) / (n / 256.0);
  EXPECT_NEAR(chi_square, 255.0, 5.0 * std::sqrt(2.0 * 255.0));
  EXPECT_NEAR(sum / n, 0.5, 5.0 * std::sqrt(1.0 / 12.0 / n));
  EXPECT_NEAR(neighbours / n, 0.0, 5.0 / std::sqrt(n));
}

TEST_P(TileRandom, NormalsHaveTheirMoments) {
  const std::vector<float> z = draw(random_normal, 4000, 100);
  const std::vector<float> other = draw(random_normal, 4000, 100, 0, 4);
  const std::vector<float> later = draw(random_normal, 4000, 100, 0, 3, 10);
  const double n = static_cast<double>(z.size());
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, streams = 0, steps = 0, pairs = 0;
  for (size_t i = 0; i < z.size(); ++i) {
    const double x = z[i];
    ASSERT_LE(std::abs(x), 5.78);  // sqrt(-2 ln 2^-24); also false for NaN
    m1 += x, m2 += x * x, m3 += x * x * x, m4 += x * x * x * x;
    streams += x * other[i], steps += x * later[i];
    if (i % 2 == 1) pairs += x * z[i - 1];
  }
  EXPECT_NEAR(m1 / n, 0.0, 5.0 * std::sqrt(1.0 / n));
  EXPECT_NEAR(m2 / n, 1.0, 5.0 * std::sqrt(2.0 / n));
  EXPECT_NEAR(m3 / n, 0.0, 5.0 * std::sqrt(15.0 / n));
  EXPECT_NEAR(m4 / n, 3.0, 5.0 * std::sqrt(96.0 / n));
  EXPECT_NEAR(streams / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(steps / n, 0.0, 5.0 / std::sqrt(n));
  EXPECT_NEAR(2.0 * pairs / n, 0.0, 5.0 / std::sqrt(n / 2.0));
}

TEST(RandomKey, EveryPartOfTheNameCounts) {
  // Only the high half of the step enters the key: the low half is in the counter.
  EXPECT_EQ(random_key({.seed = 1, .stream = 2, .step = 3}), random_key({.seed = 1, .stream = 2, .step = 4}));
  const auto key = random_key({.seed = 1, .stream = 2, .step = 3});
  EXPECT_NE(key, random_key({.seed = 2, .stream = 1, .step = 3}));
  EXPECT_NE(key, random_key({.seed = 1, .stream = 3, .step = 3}));
  EXPECT_NE(key, random_key({.seed = 0, .stream = 2, .step = 3}));
  EXPECT_NE(key, random_key({.seed = 1, .stream = 2, .step = 3 + (uint64_t{1} << 32)}));
}

}  // namespace
}  // namespace elbo::cpu
