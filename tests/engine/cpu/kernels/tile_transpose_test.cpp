#include <vector>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/machine.h"
#include "tests/engine/cpu/kernels/tile_testing.h"

namespace elbo::cpu {
namespace {

class TileTranspose : public EveryTarget {};
ELBO_FOR_EVERY_TARGET(TileTranspose);

TEST_P(TileTranspose, EverySizeUpToForty) {
  for (int64_t rows = 0; rows <= 40; ++rows) {
    for (int64_t cols = 0; cols <= 40; ++cols) {
      const int64_t src_stride = cols + rows % 3, dst_stride = rows + cols % 3;
      const bool none = rows == 0 || cols == 0;
      GuardedFloats src(none ? 0 : static_cast<size_t>((rows - 1) * src_stride + cols));
      GuardedFloats dst(none ? 0 : static_cast<size_t>((cols - 1) * dst_stride + rows), -1.0f);
      for (size_t i = 0; i < src.size(); ++i) src[i] = static_cast<float>(i);
      transpose({.src = src.data(),
                 .src_stride = src_stride,
                 .dst = dst.data(),
                 .dst_stride = dst_stride,
                 .rows = rows,
                 .cols = cols});
      for (size_t at = 0; at < dst.size(); ++at) {
        const int64_t j = static_cast<int64_t>(at) / dst_stride, i = static_cast<int64_t>(at) % dst_stride;
        ASSERT_EQ(dst[at], i < rows ? static_cast<float>(i * src_stride + j) : -1.0f) << rows << "x" << cols;
      }
    }
  }
}

TEST_P(TileTranspose, IntegersBecomeFloats) {
  for (size_t count = 0; count < 70; ++count) {
    std::vector<uint8_t> bytes;
    std::vector<int32_t> words;
    for (size_t i = 0; i < count; ++i) {
      bytes.push_back(static_cast<uint8_t>(255 - 3 * i));
      words.push_back(static_cast<int32_t>(i * 61'000'000u));
    }
    GuardedFloats from_bytes(count), from_words(count);
    u8_to_f32(bytes.data(), from_bytes.data(), static_cast<int64_t>(count));
    i32_to_f32(words.data(), from_words.data(), static_cast<int64_t>(count));
    for (size_t i = 0; i < count; ++i) {
      ASSERT_EQ(from_bytes[i], static_cast<float>(bytes[i]));
      ASSERT_EQ(from_words[i], static_cast<float>(words[i]));
    }
  }
}

TEST_P(TileTranspose, TheInstructionSetIsTheOneChosen) {
  EXPECT_EQ(instruction_set(), hwy::TargetName(GetParam()));
  EXPECT_GT(measure_fma_flops(0.001), 1e7);
}

}  // namespace
}  // namespace elbo::cpu
