#include "elbo/engine/cpu/kernels/matmul.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

#include "elbo/engine/cpu/kernels/cut.h"

namespace elbo::cpu {
namespace {

constexpr float kUntouched = -77;

std::vector<float> waves(int64_t count, float step) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) values[i] = std::sin(step * static_cast<float>(i));
  return values;
}

// A block of the product, against sums in double; what lies beside its columns and behind the workspace stays.
void expect_product(const Product& p, const ProductBlock& block) {
  const std::vector<float> a = waves(p.m * p.k, 0.7f), b = waves(p.k * p.n, 1.3f);
  const int64_t stride = block.cols + 3, workspace = product_workspace(p);
  std::vector<float> c(static_cast<size_t>(block.rows * stride), kUntouched);
  std::vector<float> work(static_cast<size_t>(workspace + 16), kUntouched);
  multiply_block(p, a.data(), b.data(), block, c.data(), stride, work.data());
  for (int64_t i = 0; i < block.rows; ++i) {
    for (int64_t j = 0; j < stride; ++j) {
      const float value = c[static_cast<size_t>(i * stride + j)];
      if (j >= block.cols) {
        ASSERT_EQ(value, kUntouched);
        continue;
      }
      double expected = 0;
      for (int64_t k = block.first; k < block.first + block.depth; ++k) {
        const int64_t row = block.row + i, col = block.col + j;
        const double left = static_cast<double>(a[static_cast<size_t>(p.transpose_a ? k * p.m + row : row * p.k + k)]);
        const double right = static_cast<double>(b[static_cast<size_t>(p.transpose_b ? col * p.k + k : k * p.n + col)]);
        expected += left * right;
      }
      ASSERT_NEAR(static_cast<double>(value), expected, 2e-6 * static_cast<double>(block.depth))
          << p.m << " x " << p.n << " x " << p.k << (p.transpose_a ? " a turned" : "")
          << (p.transpose_b ? " b turned" : "") << ", block of " << block.rows << " x " << block.cols << " at " << i
          << ", " << j;
    }
  }
  for (size_t i = static_cast<size_t>(workspace); i < work.size(); ++i) ASSERT_EQ(work[i], kUntouched);
}

class Multiply : public ::testing::TestWithParam<std::tuple<bool, bool>> {
 protected:
  Product product(int64_t m, int64_t n, int64_t k) const {
    return {.m = m, .n = n, .k = k, .transpose_a = std::get<0>(GetParam()), .transpose_b = std::get<1>(GetParam())};
  }
};

TEST_P(Multiply, WholeProducts) {
  for (const int64_t m : {1, 15, 16, 37}) {
    for (const int64_t n : {1, 4, 5, 47, 96, 120, 121, 217, 500}) {
      for (const int64_t k : {1, 2, 16, 129, 700}) {
        expect_product(product(m, n, k), {.rows = m, .cols = n, .depth = k});
      }
    }
  }
}

TEST_P(Multiply, BlocksOfProducts) {
  const Product p = product(70, 300, 520);
  expect_product(p, {.row = 3, .rows = 40, .col = 150, .cols = 150, .first = 0, .depth = 520});
  expect_product(p, {.row = 30, .rows = 40, .col = 7, .cols = 290, .first = 100, .depth = 33});
  expect_product(p, {.row = 69, .rows = 1, .col = 299, .cols = 1, .first = 519, .depth = 1});
}

TEST_P(Multiply, MoreTermsThanAStripHolds) {
  expect_product(product(20, 130, 4096), {.rows = 20, .cols = 130, .depth = 4096});
  expect_product(product(20, 130, 4097), {.rows = 20, .cols = 130, .depth = 4097});
}

// What a kernel sets aside for a block is of these sizes.
TEST_P(Multiply, NoBlockIsLargerThanSaid) {
  const auto expect_within = [](int64_t extent, int64_t most, int64_t grain) {
    const int64_t parts = parts_of(extent, most);
    int64_t next = 0;
    for (int64_t part = 0; part < parts; ++part) {
      const Cut cut = even_cut(extent, parts, grain, part);
      EXPECT_EQ(cut.first, next);
      EXPECT_LE(cut.size, most) << "part " << part << " of " << extent;
      EXPECT_GT(cut.size, 0) << "part " << part << " of " << extent;
      next += cut.size;
    }
    EXPECT_EQ(next, extent);
  };
  for (int64_t m = 1; m < 700; m += 1 + m / 40) {
    for (int64_t n = 1; n < 2500; n += 1 + n / 20) {
      const BlockSizes blocks = product_blocks(product(m, n, 128));
      expect_within(m, blocks.rows, kProductRowGrain);
      expect_within(n, blocks.cols, kProductColGrain);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(EitherWay, Multiply, ::testing::Combine(::testing::Bool(), ::testing::Bool()));

}  // namespace
}  // namespace elbo::cpu
