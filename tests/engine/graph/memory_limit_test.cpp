#include "elbo/engine/memory_limit.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <string_view>
#include <sys/resource.h>

#include "elbo/engine/array.h"

namespace elbo {
namespace {

TEST(MemoryUse, GrowsByAnArrayThatIsWrittenTo) {
  const MemoryUse before = memory_use();
  EXPECT_GT(before.resident, 0);
  EXPECT_GE(before.peak_resident, before.resident);
  Array written(DType::kF64, {8 << 20});
  for (double& value : written.values<double>()) ASSERT_EQ(value, 0);
  EXPECT_GE(memory_use().peak_resident, before.resident + (int64_t{64} << 20));
  EXPECT_GE(memory_use().addresses, memory_use().data);
}

TEST(MemoryLimit, OfTheMachineHoldsEverywhere) {
  EXPECT_FALSE(shortage(0));
  const auto error = shortage(int64_t{1} << 50);
  ASSERT_TRUE(error);
  EXPECT_GT(error->needed, int64_t{1} << 50);
  EXPECT_LT(error->allowed, int64_t{1} << 50);
  EXPECT_THROW(Array(DType::kF64, Shape{int64_t{1} << 47}), OutOfMemory);
}

// In a process of its own, which keeps the limit.
TEST(MemoryLimitDeathTest, OfAddressesIsNamed) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "sanitizers take addresses of their own";
#endif
  const auto try_it = [] {
    const rlim_t bytes = static_cast<rlim_t>(memory_use().addresses) + (rlim_t{32} << 20);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = bytes};
    ::setrlimit(RLIMIT_AS, &limit);
    name_memory_limits();
    bool array = false, other = false;
    try {
      Array refused(DType::kF32, {64 << 20});
    } catch (const OutOfMemory& error) {
      array = error.needed > error.allowed && error.by == std::string_view("ulimit -v");
    }
    try {
      ::operator delete(::operator new (size_t{256} << 20));
    } catch (const OutOfMemory& error) {
      other = error.needed == 0 && error.by == std::string_view("ulimit -v");
    }
    std::_Exit(array && other ? 0 : 1);
  };
  EXPECT_EXIT(try_it(), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace elbo
