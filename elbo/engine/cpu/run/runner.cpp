#include "elbo/engine/cpu/run/runner.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstring>
#include <exception>
#include <functional>

#include "elbo/engine/cpu/run/shares.h"
#include "elbo/engine/cpu/run/team.h"
#include "elbo/engine/cpu/run/waiting.h"
#include "elbo/engine/graph/source.h"

namespace elbo::cpu {

namespace {

struct alignas(64) Counter {
  std::atomic<int64_t> value{0};
};

}  // namespace

struct Runner::State {
  int threads = 1;
  std::unique_ptr<Shares> shares;   // of the threads
  std::vector<Counter> pending;     // claims of each wave that are not done
  std::vector<Counter> unfinished;  // parts of each kernel
  std::vector<Array> scratch;       // of each thread
  std::atomic<bool> failed{false};
  std::exception_ptr failure;
};

Runner::Runner(const Plan& plan) : plan_(plan), state_(std::make_unique<State>()) {
  state_->pending = std::vector<Counter>(plan.waves.size());
  state_->unfinished = std::vector<Counter>(plan.kernels.size());
  set_threads(1);
}

Runner::~Runner() = default;

void Runner::set_threads(int threads) {
  state_->threads = threads;
  state_->shares = std::make_unique<Shares>(plan_, threads);
  while (static_cast<int>(state_->scratch.size()) < threads) {
    state_->scratch.emplace_back(DType::kF32, Shape{plan_.scratch_floats + 16});
  }
}

namespace {

// What two blocks of a product have in common, as deep as the first.
ProductBlock overlap(const ProductBlock& piece, const ProductBlock& block) {
  ProductBlock both = piece;
  both.row = std::max(piece.row, block.row);
  both.col = std::max(piece.col, block.col);
  both.rows = std::max<int64_t>(0, std::min(piece.row + piece.rows, block.row + block.rows) - both.row);
  both.cols = std::max<int64_t>(0, std::min(piece.col + piece.cols, block.col + block.cols) - both.col);
  return both;
}

// A block of a product, all of it or its pieces among zeros.
void multiply(const ProductCall& call, const ProductBlock& block, float* dst, float* workspace) {
  if (call.pieces.empty()) {
    return multiply_block(call.product, call.a, call.b, block, dst, call.dst_stride, workspace);
  }
  int64_t zeros = block.rows * block.cols;
  for (const ProductBlock& piece : call.pieces) {
    const ProductBlock part = overlap(piece, block);
    if (part.depth > 0) zeros -= part.rows * part.cols;
  }
  if (zeros > 0) {
    for (int64_t row = 0; row < block.rows; ++row) std::fill_n(dst + row * call.dst_stride, block.cols, 0.0f);
  }
  for (const ProductBlock& piece : call.pieces) {
    const ProductBlock part = overlap(piece, block);
    if (part.rows * part.cols * part.depth == 0) continue;
    float* corner = dst + (part.row - block.row) * call.dst_stride + part.col - block.col;
    multiply_block(call.product, call.a, call.b, part, corner, call.dst_stride, workspace);
  }
}

void run_tiles(const Kernel& kernel, int64_t part, float* scratch, const DrawContext& draw) {
  const TileBlock& block = kernel.blocks[static_cast<size_t>(part)];
  for (const ProductCall& call : kernel.products) {
    const int64_t col = kernel.program.cols_blocked ? block.first_col : 0;
    const int64_t cols = kernel.program.cols_blocked ? block.cols : call.product.n;
    float* dst =
        call.dst != nullptr ? call.dst + block.first_row * call.dst_stride + col : scratch + call.scratch_offset;
    multiply(call, {.row = block.first_row, .rows = block.rows, .col = col, .cols = cols, .depth = call.product.k}, dst,
             scratch + call.workspace_offset);
  }
  if (kernel.chunks) {
    run_chunks(*kernel.chunks, block, scratch);
  } else if (!kernel.program.instructions.empty()) {
    run_program(kernel.program, block, scratch, draw);
  }
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

// How many times a wave can be claimed: once for each part, or once for all.
int64_t claims_of(const Plan::Wave& wave) {
  return wave.serial ? std::min<int64_t>(1, static_cast<int64_t>(wave.items.size()))
                     : static_cast<int64_t>(wave.items.size());
}

}  // namespace

bool Runner::run(const DrawContext& draw) {
  State& state = *state_;
  for (const Plan::StepNumber& number : plan_.step_numbers) {
    *number.dst = static_cast<float>(step_value(number.period, draw.step));
  }
  state.shares->begin_step();
  for (size_t w = 0; w < plan_.waves.size(); ++w) {
    state.pending[w].value.store(claims_of(plan_.waves[w]), std::memory_order_relaxed);
  }
  for (size_t k = 0; k < plan_.kernels.size(); ++k) {
    if (!plan_.kernels[k].sums.empty()) {
      state.unfinished[k].value.store(plan_.kernels[k].parts(), std::memory_order_relaxed);
    }
  }
  state.failed.store(false, std::memory_order_relaxed);
  std::atomic<bool> guarded{true};

  const auto run_part = [&](int k, int64_t part, float* scratch) {
    const Kernel& kernel = plan_.kernels[static_cast<size_t>(k)];
    switch (kernel.kind) {
      case Kernel::Kind::kTiles:
        run_tiles(kernel, part, scratch, draw);
        break;
      case Kernel::Kind::kGeneral:
        run_general(kernel.general, part, scratch);
        break;
      case Kernel::Kind::kCopy:
        std::memcpy(kernel.copy_dst, kernel.copy_src, kernel.copy_bytes);
        break;
    }
    if (kernel.sums.empty()) return;
    auto& unfinished = state.unfinished[static_cast<size_t>(k)].value;
    if (unfinished.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      for (const PartialSum& sum : kernel.sums) add_up(sum);
    }
  };

  const auto run_item = [&](const Plan::Item& item, float* scratch) {
    if (item.chain < 0) return run_part(item.kernel, item.part, scratch);
    const Plan::Chain& chain = plan_.chains[static_cast<size_t>(item.chain)];
    for (const int k : chain.kernels) {
      const int64_t parts = plan_.kernels[static_cast<size_t>(k)].parts() / chain.blocks;
      for (int64_t part = item.part * parts; part < (item.part + 1) * parts; ++part) run_part(k, part, scratch);
    }
  };

  const auto work = [&](int thread) {
    float* scratch = state.scratch[static_cast<size_t>(thread)].values<float>().data();
    for (size_t w = 0; w < plan_.waves.size(); ++w) {
      const Plan::Wave& wave = plan_.waves[w];
      auto& pending = state.pending[w].value;
      for (int64_t index = 0; (index = state.shares->take(thread, w)) >= 0;) {
        try {
          if (wave.serial) {
            for (const Plan::Item& item : wave.items) run_item(item, scratch);
          } else {
            run_item(wave.items[static_cast<size_t>(index)], scratch);
          }
        } catch (...) {
          if (!state.failed.exchange(true)) state.failure = std::current_exception();
        }
        pending.fetch_sub(1, std::memory_order_acq_rel);
      }
      // The wave's work is waited for, not its threads: one that the system has put aside holds nobody up.
      wait_until([&] { return pending.load(std::memory_order_acquire) == 0; });
      if (state.failed.load(std::memory_order_acquire)) return;
      if (static_cast<int>(w) == plan_.guard_wave && !std::isfinite(*plan_.guard)) {
        guarded.store(false, std::memory_order_relaxed);
        return;
      }
    }
  };

  Team::shared().run(state.threads, std::ref(work));  // by reference: a copy would allocate

  if (state.failed.load()) std::rethrow_exception(state.failure);
  return guarded.load();
}

}  // namespace elbo::cpu
