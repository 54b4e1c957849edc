#include "elbo/engine/finite.h"

#include <gtest/gtest.h>

#include "tests/support/not_finite.h"

namespace elbo {
namespace {

using testing_support::kInf;
using testing_support::kNan;

TEST(Finite, FindsTheFirstThatIsNot) {
  constexpr float kLargest = std::numeric_limits<float>::max(), kSmallest = std::numeric_limits<float>::denorm_min();
  for (const int64_t size : {1, 1023, 1024, 1025, 3000}) {
    Array array(DType::kF32, {size});
    auto values = array.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] = i % 3 == 0 ? -kLargest : i % 3 == 1 ? kSmallest : -0.0F;
    EXPECT_EQ(first_nonfinite(array), std::nullopt) << size;
    for (const double bad : {kNan, -kNan, kInf, -kInf}) {
      for (size_t at = 0; at < values.size(); at += 341) {
        Array copy = array;
        copy.values<float>()[at] = static_cast<float>(bad);
        EXPECT_EQ(first_nonfinite(copy), at) << size << " " << bad;
        copy.values<float>().back() = static_cast<float>(bad);
        EXPECT_EQ(first_nonfinite(copy), at) << size << " " << bad;
        EXPECT_EQ(first_nonfinite(copy.cast(DType::kF64)), at) << size << " " << bad;
      }
    }
  }
  EXPECT_EQ(first_nonfinite(Array(DType::kF32, {0, 3})), std::nullopt);
  EXPECT_EQ(first_nonfinite(Array::of<int32_t>({1}, {0x7f800000})), std::nullopt);
}

TEST(Finite, SaysWhere) {
  EXPECT_EQ(place_text({2, 3, 4}, 0), "[0, 0, 0]");
  EXPECT_EQ(place_text({2, 3, 4}, 23), "[1, 2, 3]");
  EXPECT_EQ(place_text({5}, 4), "[4]");
  EXPECT_EQ(place_text({}, 0), "[]");
}

}  // namespace
}  // namespace elbo
