#include "elbo/engine/cpu/runner.h"

#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <omp.h>
#include <sched.h>

namespace elbo::cpu {

namespace {

inline void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#endif
}

// Threads meet here; the last to come lets the others go.  They wait by spinning, since a wave takes microseconds, and
// give the processor away when there are more threads than cores.
class Barrier {
 public:
  void set_threads(int threads) { threads_ = threads; }

  void wait() {
    if (threads_ == 1) return;
    const uint32_t round = round_.load(std::memory_order_relaxed);
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == threads_) {
      arrived_.store(0, std::memory_order_relaxed);
      round_.store(round + 1, std::memory_order_release);
      return;
    }
    for (int spins = 0; round_.load(std::memory_order_acquire) == round; ++spins) {
      if (spins < kSpins) {
        pause();
      } else {
        sched_yield();
      }
    }
  }

 private:
  static constexpr int kSpins = 4000;
  int threads_ = 1;
  alignas(64) std::atomic<int> arrived_{0};
  alignas(64) std::atomic<uint32_t> round_{0};
};

struct alignas(64) Counter {
  std::atomic<int64_t> value{0};
};

}  // namespace

struct Runner::State {
  int threads = 1;
  Barrier barrier;
  std::vector<Counter> next_item;   // of each wave
  std::vector<Counter> unfinished;  // parts of each kernel
  std::vector<Array> scratch;       // of each thread
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
};

Runner::Runner(const Plan& plan) : plan_(plan), state_(std::make_unique<State>()) {
  state_->next_item = std::vector<Counter>(plan.waves.size());
  state_->unfinished = std::vector<Counter>(plan.kernels.size());
  set_threads(1);
}

Runner::~Runner() = default;

void Runner::set_threads(int threads) {
  state_->threads = threads;
  state_->barrier.set_threads(threads);
  while (static_cast<int>(state_->scratch.size()) < threads) {
    state_->scratch.emplace_back(DType::kF32, Shape{plan_.scratch_floats + 16});
  }
}

namespace {

void run_tiles(const Kernel& kernel, int64_t part, float* scratch, const DrawContext& draw) {
  const TileBlock& block = kernel.blocks[static_cast<size_t>(part)];
  for (const ProductCall& call : kernel.products) {
    const int64_t col = kernel.program.cols_blocked ? block.first_col : 0;
    const int64_t cols = kernel.program.cols_blocked ? block.cols : call.product.n;
    float* dst =
        call.dst != nullptr ? call.dst + block.first_row * call.dst_stride + col : scratch + call.scratch_offset;
    multiply_block(call.product, call.a, call.b, block.first_row, block.rows, col, cols, dst, call.dst_stride);
  }
  if (!kernel.program.instructions.empty()) run_program(kernel.program, block, scratch, draw);
}

void add_up(const PartialSum& sum) {
  static const TileKernel kSumOuter = reduction_kernel("sum_outer");
  const int64_t stride = (sum.count + 15) / 16 * 16;
  kSumOuter({.dst = sum.dst,
             .dst_stride = 1,
             .src = {TileOperand{.data = sum.partials, .stride = stride}},
             .outer = sum.parts,
             .inner = sum.count});
}

}  // namespace

bool Runner::run(const DrawContext& draw) {
  State& state = *state_;
  for (Counter& counter : state.next_item) counter.value.store(0, std::memory_order_relaxed);
  for (size_t k = 0; k < plan_.kernels.size(); ++k) {
    if (!plan_.kernels[k].sums.empty()) {
      state.unfinished[k].value.store(plan_.kernels[k].parts(), std::memory_order_relaxed);
    }
  }
  state.failed.store(false, std::memory_order_relaxed);
  bool guarded = true;

  const auto run_item = [&](const Plan::Item& item, float* scratch) {
    const Kernel& kernel = plan_.kernels[static_cast<size_t>(item.kernel)];
    switch (kernel.kind) {
      case Kernel::Kind::kTiles:
        run_tiles(kernel, item.part, scratch, draw);
        break;
      case Kernel::Kind::kGeneral:
        run_general(kernel.general, item.part);
        break;
      case Kernel::Kind::kCopy:
        std::memcpy(kernel.copy_dst, kernel.copy_src, kernel.copy_bytes);
        break;
    }
    if (kernel.sums.empty()) return;
    auto& unfinished = state.unfinished[static_cast<size_t>(item.kernel)].value;
    if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      for (const PartialSum& sum : kernel.sums) add_up(sum);
    }
  };

  const auto work = [&](int thread) {
    // Products must not start threads of their own inside this region.
    omp_set_num_threads(1);
    float* scratch = state.scratch[static_cast<size_t>(thread)].values<float>().data();
    for (size_t w = 0; w < plan_.waves.size(); ++w) {
      const Plan::Wave& wave = plan_.waves[w];
      if (!wave.serial || thread == 0) {
        try {
          const auto count = static_cast<int64_t>(wave.items.size());
          auto& next = state.next_item[w].value;
          while (true) {
            const int64_t item = next.fetch_add(1, std::memory_order_relaxed);
            if (item >= count) break;
            run_item(wave.items[static_cast<size_t>(item)], scratch);
          }
        } catch (...) {
          if (!state.failed.exchange(true)) state.failure = std::current_exception();
        }
      }
      const bool is_guard = static_cast<int>(w) == plan_.guard_wave;
      const bool last = w + 1 == plan_.waves.size();
      if (!(wave.serial && !last && plan_.waves[w + 1].serial && !is_guard)) state.barrier.wait();
      if (state.failed.load(std::memory_order_acquire)) return;
      if (is_guard && !std::isfinite(*plan_.guard)) {
        if (thread == 0) guarded = false;
        return;
      }
    }
  };

#pragma omp parallel num_threads(state.threads)
  work(omp_get_thread_num());

  if (state.failed.load()) std::rethrow_exception(state.failure);
  return guarded;
}

}  // namespace elbo::cpu
