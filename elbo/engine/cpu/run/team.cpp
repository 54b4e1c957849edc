#include "elbo/engine/cpu/run/team.h"

#include <atomic>
#include <mutex>
#include <omp.h>
#include <sched.h>
#include <signal.h>
#include <thread>
#include <vector>

#include "elbo/engine/cpu/run/waiting.h"

namespace elbo::cpu {

namespace {

// While it lives no signal from outside reaches this thread, nor ever a thread that it starts.  oneDNN's kernels keep
// values below the stack pointer, where a handler's frame would overwrite them; the thread that a program waits in can
// have another stack for handlers (train/interrupt.h).
class SignalsHeldBack {
 public:
  SignalsHeldBack() {
    sigset_t all;
    sigfillset(&all);
    for (const int own_fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP}) sigdelset(&all, own_fault);
    pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  ~SignalsHeldBack() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  SignalsHeldBack(const SignalsHeldBack&) = delete;
  SignalsHeldBack& operator=(const SignalsHeldBack&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

struct Team::State {
  std::mutex one_job_at_a_time;
  std::vector<std::thread> helpers;
  const std::function<void(int)>* job = nullptr;  // of the round that is open
  std::atomic<int> wanted{0};                     // threads of that job
  alignas(64) std::atomic<uint32_t> round{0};     // goes up with every job; 0 before the first
  alignas(64) std::atomic<uint32_t> open{0};      // the round helpers may enter, 0: none
  alignas(64) std::atomic<int> inside{0};         // helpers within a job
  std::atomic<bool> stop{false};

  void help(int thread) {
    // oneDNN asks OpenMP how many threads to take; inside a job it is one.
    omp_set_num_threads(1);
    uint32_t seen = 0;
    while (true) {
      wait_for_round(seen);
      if (stop.load()) return;
      seen = round.load();
      if (thread >= wanted.load()) continue;
      inside.fetch_add(1);
      if (open.load() == seen) (*job)(thread);
      inside.fetch_sub(1);
    }
  }

  // Steps follow each other within microseconds while something is computed: first spin, then step aside, then sleep.
  void wait_for_round(uint32_t seen) const {
    constexpr int kSpins = 20000;
    constexpr int kYields = 200;
    for (int i = 0; i < kSpins; ++i) {
      if (round.load(std::memory_order_acquire) != seen) return;
      pause();
    }
    for (int i = 0; i < kYields; ++i) {
      if (round.load(std::memory_order_acquire) != seen) return;
      sched_yield();
    }
    while (round.load(std::memory_order_acquire) == seen) round.wait(seen);
  }
};

Team& Team::shared() {
  static Team team;
  return team;
}

Team::Team() : state_(new State) {}

Team::~Team() {
  state_->stop.store(true);
  state_->round.fetch_add(1);
  state_->round.notify_all();
  for (std::thread& helper : state_->helpers) helper.join();
  delete state_;
}

void Team::run(int threads, const std::function<void(int)>& job) {
  const int before = omp_get_max_threads();
  omp_set_num_threads(1);
  const std::unique_lock<std::mutex> lock(state_->one_job_at_a_time, std::try_to_lock);
  if (threads <= 1 || !lock.owns_lock()) {
    job(0);
  } else {
    while (static_cast<int>(state_->helpers.size()) + 1 < threads) {
      const int thread = static_cast<int>(state_->helpers.size()) + 1;
      const SignalsHeldBack held_back;
      state_->helpers.emplace_back([state = state_, thread] { state->help(thread); });
    }
    state_->job = &job;
    state_->wanted.store(threads);
    uint32_t next = state_->round.load() + 1;
    if (next == 0) next = 1;
    state_->open.store(next);
    state_->round.store(next);
    state_->round.notify_all();
    job(0);
    state_->open.store(0);
    // Whoever comes now finds the round closed; whoever is inside has nothing left to claim and is about to leave.
    wait_until([&] { return state_->inside.load() == 0; });
  }
  omp_set_num_threads(before);
}

}  // namespace elbo::cpu
