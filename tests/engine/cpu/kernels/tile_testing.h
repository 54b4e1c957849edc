// What the tests of the tile kernels share: every instruction set in turn, buffers that end where memory ends, and
// distances in units in the last place.
#pragma once

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <gtest/gtest.h>
#include <limits>
#include <string>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <hwy/targets.h>

namespace elbo::cpu {

// The instruction sets that the kernels are built for and that this processor has.
inline std::vector<int64_t> testable_targets() {
  std::vector<int64_t> targets{HWY_SCALAR};
#if HWY_ARCH_X86
  for (const int64_t target : {HWY_SSE4, HWY_AVX2, HWY_AVX3}) {
    if ((hwy::SupportedTargets() & target) != 0) targets.push_back(target);
  }
#endif
  return targets;
}

// Runs a test once per instruction set, and gives the choice back to the processor after it.
class EveryTarget : public testing::TestWithParam<int64_t> {
 protected:
  void SetUp() override { hwy::SetSupportedTargetsForTest(GetParam()); }
  void TearDown() override { hwy::SetSupportedTargetsForTest(0); }
};
inline std::string target_test_name(const testing::TestParamInfo<int64_t>& info) {
  return hwy::TargetName(info.param);
}
#define ELBO_FOR_EVERY_TARGET(SUITE) \
  INSTANTIATE_TEST_SUITE_P(Cpu, SUITE, testing::ValuesIn(testable_targets()), target_test_name)

// Floats whose last one is the last of a page; the next page may not be touched.  Mappings are kept for the next use.
class GuardedFloats {
 public:
  explicit GuardedFloats(size_t count, float value = 0.0f) : count_(count) {
    std::vector<float*>& ends = free_ends();
    if (count * sizeof(float) > kBytes) {
      end_ = map(count * sizeof(float));
    } else if (ends.empty()) {
      end_ = map(kBytes);
    } else {
      end_ = ends.back();
      ends.pop_back();
    }
    std::fill_n(data(), count, value);
  }
  GuardedFloats(const GuardedFloats&) = delete;
  GuardedFloats& operator=(const GuardedFloats&) = delete;
  ~GuardedFloats() {
    if (count_ * sizeof(float) <= kBytes) free_ends().push_back(end_);
  }

  float* data() { return end_ - count_; }
  size_t size() const { return count_; }
  float& operator[](size_t i) { return data()[i]; }
  float* begin() { return data(); }
  float* end() { return end_; }

 private:
  static constexpr size_t kBytes = 1 << 16;

  static std::vector<float*>& free_ends() {
    static std::vector<float*> ends;
    return ends;
  }
  static float* map(size_t bytes) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = (bytes + page - 1) / page * page;
    void* base = mmap(nullptr, used + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (base == MAP_FAILED) std::abort();
    char* end = static_cast<char*>(base) + used;
    if (mprotect(end, page, PROT_NONE) != 0) std::abort();
    return reinterpret_cast<float*>(end);
  }

  size_t count_ = 0;
  float* end_ = nullptr;
};

// The distance between neighbouring floats at |value|.
inline double ulp_at(double value) {
  int exponent = 0;
  std::frexp(value, &exponent);
  return std::ldexp(1.0, std::clamp(exponent, -125, 128) - 24);
}

// A few thousand floats in [-2, 2], the same in every run.
inline float sample_value(size_t i) {
  const uint32_t hash = static_cast<uint32_t>(i + 1) * 2654435761u;
  return static_cast<float>(static_cast<int32_t>(hash)) * 0x1p-30f;
}

}  // namespace elbo::cpu
