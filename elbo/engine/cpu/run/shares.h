// Shares: which thread takes which items of a wave.
//
// Every thread has items of its own, the same in every step: blocks of rows by their place, so that what a thread has
// left in its caches in the waves before, or in the step before, is found there again.  Lines that another core has
// written cost a hundred times as much.  A thread that is done with its own takes what others have left.  One that has
// not come yet is waited for a little, in case it is about to.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "elbo/engine/cpu/lower/plan.h"

namespace elbo::cpu {

class Shares {
 public:
  Shares(const Plan& plan, int threads);

  // Before the threads of a step begin.
  void begin_step();

  // The next index into the items of the wave for a thread, or -1 when none is left to take.  A serial wave is one.
  int64_t take(int thread, size_t wave);

 private:
  struct alignas(64) Counter {
    std::atomic<int64_t> value{0};
  };

  size_t index(int thread, size_t wave) const {
    return wave * static_cast<size_t>(threads_) + static_cast<size_t>(thread);
  }
  int64_t take_of(int thread, size_t wave);
  bool has_come(int thread, size_t wave) const;

  int threads_;
  std::vector<std::vector<int>> items_;  // of each wave and thread
  std::vector<Counter> taken_;           // of each of those
  std::vector<Counter> waves_;           // that each thread has come to, of this step
  std::vector<Counter> patience_;        // of each thread, left in this step
};

}  // namespace elbo::cpu
