// Small safetensors files for the tests: good ones to compare, and ones made of any header and data.
#pragma once

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/io/safetensors.h"

namespace elbo::io {

// Every dtype, ranks 0 to 8, empty tensors, values that only survive as bits, a name that needs escapes.
inline std::vector<NamedArray> sample_tensors() {
  const float inf = std::numeric_limits<float>::infinity();
  return {{"bytes", Array::of<uint8_t>({3}, {0, 127, 255})},
          {"weight", Array::of<float>({2, 3}, {1, 2, 3, -0.0f, inf, std::nanf("7")})},
          {"none", Array(DType::kF32, {0, 5})},
          {"scalar \"é\\", Array::of<double>({}, {1e-310})},
          {"labels", Array::of<int32_t>({1, 1, 1, 2, 1, 1, 1, 1}, {-1, 2147483647})},
          {"nothing", Array(DType::kU8, {0})},
          {"last", Array::of<uint8_t>({1}, {9})}};
}

inline void expect_same(const std::vector<NamedArray>& a, const std::vector<NamedArray>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (size_t i = 0; i < a.size(); ++i) {
    EXPECT_EQ(a[i].name, b[i].name);
    ASSERT_EQ(a[i].array.dtype(), b[i].array.dtype()) << a[i].name;
    ASSERT_EQ(a[i].array.shape(), b[i].array.shape()) << a[i].name;
    EXPECT_EQ(std::memcmp(a[i].array.data(), b[i].array.data(), a[i].array.bytes()), 0) << a[i].name;
  }
}

inline std::string length_bytes(uint64_t length) {
  std::string bytes(8, '\0');
  for (size_t i = 0; i < 8; ++i) bytes[i] = static_cast<char>(length >> (8 * i));
  return bytes;
}

inline std::string file_of(std::string_view header, std::string_view data = "") {
  return length_bytes(header.size()) + std::string(header) + std::string(data);
}

}  // namespace elbo::io
