#include "elbo/engine/cpu/kernels/chunk_program.h"

#include <algorithm>
#include <array>

#include "elbo/engine/cpu/kernels/scratch.h"

namespace elbo::cpu {

namespace {

constexpr size_t kMaxSteps = 32;

// Weights and moments are asked for this far ahead, to be written: where the last cache is crowded or another core has
// read them, the processor's own look ahead, which ends with each page of 4 KiB, comes late.
constexpr int64_t kFetchAhead = 4 * kChunkFloats;

void fetch_to_write(const float* values) {
  for (int64_t i = 0; i < kChunkFloats; i += kLineFloats) {
#if defined(__x86_64__)
    // For other processors than it is compiled for the compiler would ask for lines to be read, or drop this
    // altogether.
    asm volatile("prefetchw %0" : : "m"(values[i]));
#else
    __builtin_prefetch(values + i, 1);
#endif
  }
}

bool moves(const ChunkProgram::Operand& operand) {
  return operand.scalar < 0 && operand.address.base != Address::Base::kScratch;
}

class Building {
 public:
  explicit Building(int64_t cols) : cols_(cols) {}

  std::optional<ChunkProgram> from(const TileProgram& program) {
    if (!program.cols_blocked || program.turned) return std::nullopt;
    if (program.instructions.empty() || program.instructions.size() > kMaxSteps) return std::nullopt;
    for (const TileInstruction& instruction : program.instructions) {
      if (!add(instruction)) return std::nullopt;
    }
    return std::move(result_);
  }

 private:
  bool add(const TileInstruction& instruction) {
    if (instruction.kind != TileInstruction::Kind::kKernel || instruction.chunk == nullptr || instruction.narrow) {
      return false;
    }
    ChunkProgram::Step step{.kernel = instruction.chunk,
                            .rest = instruction.kernel,
                            .dst = {.address = instruction.dst.address},
                            .src = {},
                            .sources = instruction.sources,
                            .alpha = instruction.alpha};
    if (!is_full(instruction.dst)) return false;
    for (int s = 0; s < instruction.sources; ++s) {
      const TileSource& source = instruction.src[s];
      step.src[s].address = source.address;
      if (source.pattern.inner_scalar) {
        if (source.pattern.stride != 0 || source.address.base != Address::Base::kMemory) return false;
        if (source.address.row_step != 0) return false;
        step.src[s].scalar = scalar(source.address);
      } else if (!is_full(source)) {
        return false;
      }
    }
    result_.steps.push_back(step);
    return true;
  }

  // A value of its own for every element, in rows that lie `cols_` apart, or in the thread's scratch.
  bool is_full(const TileSource& source) const {
    const Address& address = source.address;
    switch (address.base) {
      case Address::Base::kMemory:
        return address.col_step == 1 && address.row_step == cols_;
      case Address::Base::kProduct:
      case Address::Base::kScratch:
        return cols_ == 0 || source.pattern.stride != 0;
    }
    return false;
  }

  int scalar(const Address& address) {
    auto& all = result_.scalars;
    const auto same = [&](const Address& a) {
      return a.base == address.base && a.memory == address.memory && a.offset == address.offset;
    };
    const auto found = std::find_if(all.begin(), all.end(), same);
    if (found != all.end()) return static_cast<int>(found - all.begin());
    all.push_back(address);
    return static_cast<int>(all.size()) - 1;
  }

  int64_t cols_;
  ChunkProgram result_;
};

// One step with its pointers, which go forward by what moves.
struct Running {
  ChunkKernel kernel;
  TileKernel rest;
  float* dst;
  const float* src[3];
  int64_t dst_step, src_step[3];
  float alpha;
  int sources;
};

class Block {
 public:
  Block(const ChunkProgram& program, const TileBlock& block, float* scratch)
      : program_(program), block_(block), scratch_(scratch) {}

  void run() {
    spread_scalars();
    // Rows that follow each other without a gap are one.
    const bool whole = std::all_of(program_.steps.begin(), program_.steps.end(), [&](const ChunkProgram::Step& step) {
      const auto gapless = [&](const ChunkProgram::Operand& o) {
        return !moves(o) || o.address.row_step == block_.cols;
      };
      return gapless(step.dst) && std::all_of(step.src, step.src + step.sources, gapless);
    });
    if (whole) {
      run_values(block_.first_row, block_.rows * block_.cols);
    } else {
      for (int64_t row = 0; row < block_.rows; ++row) run_values(block_.first_row + row, block_.cols);
    }
  }

 private:
  void spread_scalars() {
    float* to = scratch_ + program_.scalars_offset;
    for (const Address& address : program_.scalars) {
      std::fill_n(to, kChunkFloats, *cpu::resolve(address, block_, block_.first_row, scratch_));
      to += kChunkFloats;
    }
  }

  float* resolve(const ChunkProgram::Operand& operand, int64_t row) const {
    if (operand.scalar >= 0) return scratch_ + program_.scalars_offset + operand.scalar * kChunkFloats;
    return cpu::resolve(operand.address, block_, row, scratch_);
  }

  // `count` values from the first column of a row on.
  void run_values(int64_t row, int64_t count) {
    const size_t steps = program_.steps.size();
    for (size_t i = 0; i < steps; ++i) start(program_.steps[i], row, running_[i]);
    for (int64_t done = 0; done + kChunkFloats <= count; done += kChunkFloats) {
      for (size_t i = 0; i < steps; ++i) {
        Running& step = running_[i];
        if (step.dst_step > 0) fetch_to_write(step.dst + kFetchAhead);
        step.kernel(step.dst, step.src, step.alpha);
        step.dst += step.dst_step;
        for (size_t s = 0; s < 3; ++s) step.src[s] += step.src_step[s];
      }
    }
    if (const int64_t rest = count % kChunkFloats; rest > 0) {
      for (size_t i = 0; i < steps; ++i) run_rest(running_[i], rest);
    }
  }

  void start(const ChunkProgram::Step& step, int64_t row, Running& running) const {
    running = {.kernel = step.kernel,
               .rest = step.rest,
               .dst = resolve(step.dst, row),
               .src = {},
               .dst_step = moves(step.dst) ? kChunkFloats : 0,
               .src_step = {},
               .alpha = step.alpha,
               .sources = step.sources};
    for (int s = 0; s < step.sources; ++s) {
      running.src[s] = resolve(step.src[s], row);
      running.src_step[s] = moves(step.src[s]) ? kChunkFloats : 0;
    }
  }

  static void run_rest(const Running& step, int64_t count) {
    TileArgs args;
    args.dst = step.dst;
    args.dst_stride = count;
    for (int s = 0; s < step.sources; ++s) args.src[static_cast<size_t>(s)] = {.data = step.src[s], .stride = count};
    args.outer = 1;
    args.inner = count;
    args.alpha = step.alpha;
    step.rest(args);
  }

  const ChunkProgram& program_;
  const TileBlock& block_;
  float* scratch_;
  std::array<Running, kMaxSteps> running_;
};

}  // namespace

std::optional<ChunkProgram> chunk_program(const TileProgram& program, int64_t cols) {
  return Building(cols).from(program);
}

int64_t place_scalars(ChunkProgram& program, int64_t end) {
  program.scalars_offset = (end + kLineFloats - 1) / kLineFloats * kLineFloats;
  return program.scalars_offset + static_cast<int64_t>(program.scalars.size()) * kChunkFloats;
}

void run_chunks(const ChunkProgram& program, const TileBlock& block, float* scratch) {
  Block(program, block, scratch).run();
}

}  // namespace elbo::cpu
