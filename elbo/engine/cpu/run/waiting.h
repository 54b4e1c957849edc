// Waiting for microseconds: spins, and gives the processor away when it takes long.
#pragma once

#include <sched.h>

namespace elbo::cpu {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

template <typename Done>
void wait_until(const Done& done) {
  constexpr int kSpins = 4000;
  for (int spins = 0; !done(); ++spins) {
    if (spins < kSpins) {
      pause();
    } else {
      sched_yield();
    }
  }
}

}  // namespace elbo::cpu
