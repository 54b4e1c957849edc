#include "elbo/engine/cpu/kernels/thin_product.h"

#include <cmath>
#include <gtest/gtest.h>
#include <vector>

namespace elbo::cpu {
namespace {

TEST(ThinProduct, IsTheSumOfProducts) {
  for (const int64_t cols : {1, 2, 3, 4}) {
    for (const int64_t rows : {0, 1, 4, 7, 21}) {
      for (const int64_t depth : {1, 15, 16, 17, 100}) {
        const int64_t a_stride = depth + 3, b_stride = depth + 1, c_stride = cols + 2;
        std::vector<float> a(static_cast<size_t>(rows * a_stride)), b(static_cast<size_t>(cols * b_stride));
        for (size_t i = 0; i < a.size(); ++i) a[i] = std::sin(static_cast<float>(i));
        for (size_t i = 0; i < b.size(); ++i) b[i] = std::cos(static_cast<float>(3 * i));
        constexpr float kUntouched = -77;
        std::vector<float> c(static_cast<size_t>(rows * c_stride), kUntouched);
        multiply_thin({.rows = rows,
                       .cols = cols,
                       .depth = depth,
                       .a = a.data(),
                       .a_stride = a_stride,
                       .b = b.data(),
                       .b_stride = b_stride,
                       .c = c.data(),
                       .c_stride = c_stride});
        for (int64_t row = 0; row < rows; ++row) {
          for (int64_t col = 0; col < c_stride; ++col) {
            double expected = 0;
            for (int64_t k = 0; k < depth && col < cols; ++k) {
              expected += static_cast<double>(a[static_cast<size_t>(row * a_stride + k)]) *
                          static_cast<double>(b[static_cast<size_t>(col * b_stride + k)]);
            }
            const float value = c[static_cast<size_t>(row * c_stride + col)];
            if (col < cols) {
              EXPECT_NEAR(static_cast<double>(value), expected, 1e-5) << rows << " " << cols << " " << depth;
            } else {
              EXPECT_EQ(value, kUntouched);
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::cpu
