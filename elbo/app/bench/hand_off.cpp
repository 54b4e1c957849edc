#include "elbo/app/bench/hand_off.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <omp.h>

namespace elbo::app::bench {

double hand_off_ns() {
  using Clock = std::chrono::steady_clock;
  constexpr int64_t kExchanges = 4000;
  constexpr std::chrono::milliseconds kLongest{10};  // two threads on one processor need a time slice for each
  struct alignas(128) Word {
    std::atomic<int64_t> value{0};
  };
  Word there, back;
  std::atomic<bool> stop{false};
  const auto answer = [&] {
    for (int64_t seen = 0; !stop.load(std::memory_order_relaxed);) {
      const int64_t value = there.value.load(std::memory_order_acquire);
      if (value != seen) back.value.store(seen = value, std::memory_order_release);
    }
  };
  const auto exchange = [&](int64_t value, Clock::time_point end) {
    there.value.store(value, std::memory_order_release);
    for (int64_t look = 1; back.value.load(std::memory_order_acquire) != value; ++look) {
      if (look % 1024 == 0 && Clock::now() > end) return false;
    }
    return true;
  };
  double ns = 0;
  const auto ask = [&] {
    // The first answer shows that the other thread runs.
    int64_t done = 0;
    Clock::time_point start = Clock::now();
    if (exchange(1, start + kLongest)) {
      start = Clock::now();
      while (done < kExchanges && exchange(done + 2, start + kLongest)) ++done;
    }
    const double elapsed = std::chrono::duration<double, std::nano>(Clock::now() - start).count();
    ns = elapsed / (2.0 * static_cast<double>(std::max<int64_t>(done, 1)));
    stop.store(true, std::memory_order_relaxed);
  };
  // OpenMP's threads, as for the peak: those it keeps would take the processor from any others.
#pragma omp parallel num_threads(2)
  omp_get_thread_num() == 0 ? ask() : answer();
  return ns;
}

}  // namespace elbo::app::bench
