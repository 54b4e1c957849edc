// One limit for all that computes: kernels by Highway, products by oneDNN.
#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/matmul.h"
#include "elbo/engine/machine.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {

struct Limit {
  std::string_view name;
  int64_t target;  // of Highway, where a better one is a lower bit
  cpu::ProductTarget products;
};
#if HWY_ARCH_X86
constexpr std::array kLimits{Limit{"sse4", HWY_SSE4, cpu::ProductTarget::kSse4},
                             Limit{"avx2", HWY_AVX2, cpu::ProductTarget::kAvx2},
                             Limit{"avx512", HWY_AVX3, cpu::ProductTarget::kAvx512}};
#else
constexpr std::array<Limit, 0> kLimits{};
#endif

}  // namespace

void limit_instruction_set(std::string_view name) {
  const std::string wanted(name);
  for (const Limit& limit : kLimits) {
    if (limit.name != name) continue;
    if ((hwy::SupportedTargets() & limit.target) == 0) {
      throw ConfigError("instruction set \"" + wanted + "\": this processor has it not");
    }
    if (!cpu::limit_products(limit.products)) {
      throw ConfigError("instruction set \"" + wanted + "\": a matrix product was computed already");
    }
    hwy::DisableTargets(limit.target - 1);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return;
  }
  throw ConfigError("instruction set \"" + wanted + "\": not known for this processor");
}

}  // namespace elbo
