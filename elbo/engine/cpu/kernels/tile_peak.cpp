#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_peak.cpp"
#include <algorithm>
#include <chrono>
#include <string_view>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/machine.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

std::string_view target_name() {
  return hwy::TargetName(HWY_TARGET);
}

// Operations in `rounds` rounds of twelve independent chains: more than latency times width needs on any core, and
// with factor and term still within sixteen registers.  The result depends on every chain, so none is optimized away.
HWY_NOINLINE double multiply_add_chains(int64_t rounds, float* result) {
  const hn::ScalableTag<float> d;
  constexpr int kChains = 12;
  const auto factor = hn::Set(d, *result);
  const auto term = hn::Set(d, 1.0f - *result);
  hn::Vec<decltype(d)> chain[kChains];
  for (int c = 0; c < kChains; ++c) chain[c] = hn::Set(d, static_cast<float>(c));
  for (int64_t round = 0; round < rounds; ++round) {
#pragma GCC unroll 12
    for (int c = 0; c < kChains; ++c) chain[c] = hn::MulAdd(chain[c], factor, term);
  }
  auto total = chain[0];
  for (int c = 1; c < kChains; ++c) total = hn::Add(total, chain[c]);
  *result = hn::GetLane(total);
  return 2.0 * kChains * static_cast<double>(hn::Lanes(d)) * static_cast<double>(rounds);
}

}  // namespace elbo::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo {

HWY_EXPORT(target_name);
HWY_EXPORT(multiply_add_chains);

std::string_view instruction_set() {
  return HWY_DYNAMIC_DISPATCH(target_name)();
}

double measure_fma_flops(double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto elapsed = [](Clock::time_point since) {
    return std::chrono::duration<double>(Clock::now() - since).count();
  };
  // The best of many short rounds: an interruption costs one of them, not the figure.
  const Clock::time_point start = Clock::now();
  double best = 0.0;
  volatile float sink = 0.0f;
  do {
    float result = 0.5f;
    const Clock::time_point round = Clock::now();
    const double operations = HWY_DYNAMIC_DISPATCH(multiply_add_chains)(20'000, &result);
    best = std::max(best, operations / std::max(elapsed(round), 1e-9));
    sink = result;
  } while (elapsed(start) < seconds);
  (void)sink;
  return best;
}

}  // namespace elbo
#endif  // HWY_ONCE
