#include "elbo/engine/cpu/kernels/tile_program.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace elbo::cpu {

namespace {

// One tile of a block: resolves addresses and runs instructions.
class Tile {
 public:
  Tile(const TileProgram& program, const TileBlock& block, float* scratch, const DrawContext& draw)
      : program_(program), block_(block), scratch_(scratch), draw_(draw) {}

  void run(int64_t first_row, int64_t rows) {
    row_ = first_row;
    rows_ = rows;
    for (const TileInstruction& instruction : program_.instructions) step(instruction);
  }

 private:
  float* resolve(const Address& address) const { return cpu::resolve(address, block_, row_, scratch_); }

  int64_t cols_of(int64_t cols) const { return program_.cols_blocked && cols != 1 ? block_.cols : cols; }

  void step(const TileInstruction& i) {
    switch (i.kind) {
      case TileInstruction::Kind::kKernel:
        return kernel(i);
      case TileInstruction::Kind::kLoad:
        return transpose({.src = resolve(i.src[0].address),
                          .src_stride = i.src[0].address.row_step,
                          .dst = resolve(i.dst.address),
                          .dst_stride = i.dst.pattern.stride,
                          .rows = rows_,
                          .cols = i.cols});
      case TileInstruction::Kind::kStore:
        return transpose({.src = resolve(i.src[0].address),
                          .src_stride = i.src[0].pattern.stride,
                          .dst = resolve(i.dst.address),
                          .dst_stride = i.dst.address.row_step,
                          .rows = i.cols,
                          .cols = rows_});
      case TileInstruction::Kind::kMixedRows:
        return mixed_rows(i);
      case TileInstruction::Kind::kMoveCols:
        return move_cols(i);
      case TileInstruction::Kind::kCumsum:
        return cumsum(i);
      case TileInstruction::Kind::kConvert:
        return convert(i);
      case TileInstruction::Kind::kRandom:
        return random(i);
      case TileInstruction::Kind::kBatchSum:
        return batch_sum(i);
      case TileInstruction::Kind::kRows:
        return rows(i);
    }
  }

  void kernel(const TileInstruction& i) {
    TileArgs args;
    args.dst = resolve(i.dst.address);
    args.dst_stride = i.dst.pattern.stride;
    for (int s = 0; s < i.sources; ++s) {
      TileOperand& operand = args.src[static_cast<size_t>(s)];
      operand = i.src[s].pattern;
      operand.data = resolve(i.src[s].address);
    }
    args.alpha = i.alpha;
    const int64_t cols = cols_of(i.src_cols);
    args.outer = i.narrow ? 1 : program_.turned ? cols : rows_;
    args.inner = i.narrow || program_.turned ? rows_ : cols;
    i.kernel(args);
  }

  void mixed_rows(const TileInstruction& i) {
    float* dst = resolve(i.dst.address);
    const Address& from = i.src[0].address;
    const bool turned = program_.turned || i.narrow;
    for (int64_t r = 0; r < rows_; ++r) {
      const float* src = from.memory + i.map(row_ + r) * from.row_step;
      if (turned) {
        for (int64_t c = 0; c < i.cols; ++c) dst[c * i.dst.pattern.stride + r] = src[c];
      } else {
        std::memcpy(dst + r * i.dst.pattern.stride, src, static_cast<size_t>(i.cols) * sizeof(float));
      }
    }
  }

  // Columns before and behind the one segment of what fills.
  template <typename Fill>
  static void fill_gaps(const TileInstruction& i, Fill fill) {
    if (!i.fills) return;
    fill(0, i.segments[0].dst_col);
    fill(i.segments[0].dst_col + i.segments[0].count, i.cols);
  }

  void move_cols(const TileInstruction& i) {
    float* dst = resolve(i.dst.address);
    const int64_t dst_stride = i.dst.pattern.stride;
    if (program_.turned) {
      fill_gaps(i, [&](int64_t first, int64_t last) {
        for (int64_t c = first; c < last; ++c) std::fill_n(dst + c * dst_stride, rows_, i.fill);
      });
      for (const auto& s : i.segments) {
        const float* src = resolve(i.src[s.source].address);
        const int64_t src_stride = i.src[s.source].pattern.stride;
        for (int64_t c = 0; c < s.count; ++c) {
          std::memcpy(dst + (s.dst_col + c) * dst_stride, src + (s.src_col + c * s.src_step) * src_stride,
                      static_cast<size_t>(rows_) * sizeof(float));
        }
      }
      return;
    }
    for (int64_t r = 0; r < rows_; ++r) {
      float* row = dst + r * dst_stride;
      fill_gaps(i, [&](int64_t first, int64_t last) { std::fill_n(row + first, last - first, i.fill); });
      for (const auto& s : i.segments) {
        const float* src = resolve(i.src[s.source].address) + r * i.src[s.source].pattern.stride;
        if (s.src_step == 1) {
          std::memcpy(row + s.dst_col, src + s.src_col, static_cast<size_t>(s.count) * sizeof(float));
        } else {
          for (int64_t c = 0; c < s.count; ++c) row[s.dst_col + c] = src[s.src_col + c * s.src_step];
        }
      }
    }
  }

  // In double, as along any other axis (general_indexed.cpp): in f32 the errors of thousands of terms would add up.
  void cumsum(const TileInstruction& i) {
    if (program_.turned) return turned_cumsum(i);
    for (int64_t r = 0; r < rows_; ++r) {
      const float* src = resolve(i.src[0].address) + r * i.src[0].pattern.stride;
      float* dst = resolve(i.dst.address) + r * i.dst.pattern.stride;
      double total = 0;
      for (int64_t j = 0; j < i.cols; ++j) {
        const int64_t c = i.reversed ? i.cols - 1 - j : j;
        const double before = total;
        total += static_cast<double>(src[c]);
        dst[c] = static_cast<float>(i.exclusive ? before : total);
      }
    }
  }

  // Column after column, each for some rows at once.
  void turned_cumsum(const TileInstruction& i) {
    for (int64_t first = 0; first < rows_; first += kRowsTurned) {
      const auto rows = static_cast<size_t>(std::min(kRowsTurned, rows_ - first));
      std::array<double, kRowsTurned> totals{};
      for (int64_t j = 0; j < i.cols; ++j) {
        const int64_t c = i.reversed ? i.cols - 1 - j : j;
        const float* src = resolve(i.src[0].address) + c * i.src[0].pattern.stride + first;
        float* dst = resolve(i.dst.address) + c * i.dst.pattern.stride + first;
        for (size_t r = 0; r < rows; ++r) {
          const double before = totals[r];
          totals[r] += static_cast<double>(src[r]);
          dst[r] = static_cast<float>(i.exclusive ? before : totals[r]);
        }
      }
    }
  }

  void convert(const TileInstruction& i) {
    // Never turned unless there is one column: the rows of the tile are consecutive values either way.
    const int64_t count = rows_ * i.cols;
    float* dst = resolve(i.dst.address);
    if (i.raw_dtype == DType::kU8) {
      u8_to_f32(static_cast<const uint8_t*>(i.raw) + row_ * i.cols, dst, count);
    } else {
      i32_to_f32(static_cast<const int32_t*>(i.raw) + row_ * i.cols, dst, count);
    }
  }

  void random(const TileInstruction& i) {
    const bool turned = program_.turned || i.narrow;
    const RandomArgs args{.dst = resolve(i.dst.address),
                          .row_stride = turned ? 1 : i.dst.pattern.stride,
                          .col_stride = turned ? i.dst.pattern.stride : 1,
                          .rows = rows_,
                          .cols = i.cols,
                          .first_row = row_,
                          .from = {.seed = draw_.seed, .stream = i.stream, .step = draw_.step}};
    i.fill_random(args);
  }

  void batch_sum(const TileInstruction& i) {
    static const TileKernel kSumInner = reduction_kernel("sum_inner");
    static const TileKernel kSumOuter = reduction_kernel("sum_outer");
    static const TileKernel kDotInner = reduction_kernel("dot_inner");
    static const TileKernel kDotOuter = reduction_kernel("dot_outer");
    static const TileKernel kAdd = elementwise_kernel("add");
    const int64_t cols = cols_of(i.src_cols);
    TileArgs args;
    for (size_t s = 0; s < static_cast<size_t>(i.sources); ++s) {
      args.src[s] = i.src[s].pattern;
      args.src[s].data = resolve(i.src[s].address);
    }
    args.dst = scratch_ + program_.temp_offset;
    args.dst_stride = 1;
    args.outer = i.narrow ? 1 : program_.turned ? cols : rows_;
    args.inner = i.narrow || program_.turned ? rows_ : cols;
    const bool sum_inner = i.narrow || program_.turned || i.total;
    const bool dot = i.sources == 2;
    (sum_inner ? (dot ? kDotInner : kSumInner) : (dot ? kDotOuter : kSumOuter))(args);
    int64_t count = sum_inner ? args.outer : args.inner;
    if (i.total && count > 1) {
      // The sums of the outer index, added up behind them.
      float* temp = args.dst;
      TileArgs second;
      second.src[0] = {.data = temp, .stride = count};
      second.dst = temp + count;
      second.dst_stride = 1;
      second.outer = 1;
      second.inner = count;
      kSumInner(second);
      temp[0] = temp[count];
      count = 1;
    }
    const int64_t block = i.total ? block_.index : block_.row_block;
    float* partial = i.partials + block * i.partial_stride + (i.total || cols == 1 ? 0 : block_.first_col);
    const float* temp = scratch_ + program_.temp_offset;
    if (row_ == block_.first_row) {
      std::copy_n(temp, count, partial);
    } else {
      kAdd({.dst = partial,
            .dst_stride = count,
            .src = {TileOperand{.data = partial, .stride = count}, TileOperand{.data = temp, .stride = count}},
            .outer = 1,
            .inner = count});
    }
  }

  void rows(const TileInstruction& i) {
    RowArgs args{
        .dst = {}, .src = {}, .rows = rows_, .attributes = &i.attributes, .scratch = scratch_ + i.scratch_offset};
    if (program_.turned) {
      args.dst = {resolve(i.dst.address), i.dst.pattern.stride};
      for (int s = 0; s < i.sources; ++s) {
        args.src[static_cast<size_t>(s)] = {resolve(i.src[s].address), i.src[s].pattern.stride};
      }
      return i.row_kernel.run(args);
    }
    for (int64_t row = 0; row < rows_; row += kRowsTurned) turned_rows(i, args, row);
  }

  // Some rows of a plain tile, turned for the kernel and back.
  void turned_rows(const TileInstruction& i, RowArgs args, int64_t first) {
    args.rows = std::min(kRowsTurned, rows_ - first);
    float* place = args.scratch + i.row_kernel.scratch_floats;
    for (int s = 0; s < i.sources; ++s) {
      const TileSource& source = i.src[s];
      RowValues& turned = args.src[static_cast<size_t>(s)];
      const int64_t step = source.pattern.stride, cols = i.row_widths[static_cast<size_t>(s)];
      float* data = resolve(source.address) + first * step;
      turned = {cols == 1 ? data : place, kRowsTurned};  // one column lies as a vector over the rows
      if (cols == 1) continue;
      transpose(
          {.src = data, .src_stride = step, .dst = place, .dst_stride = kRowsTurned, .rows = args.rows, .cols = cols});
      place += cols * kRowsTurned;
    }
    args.dst = {place, kRowsTurned};
    i.row_kernel.run(args);
    transpose({.src = place,
               .src_stride = kRowsTurned,
               .dst = resolve(i.dst.address) + first * i.dst.pattern.stride,
               .dst_stride = i.dst.pattern.stride,
               .rows = i.cols,
               .cols = args.rows});
  }

  const TileProgram& program_;
  const TileBlock& block_;
  float* scratch_;
  const DrawContext& draw_;
  int64_t row_ = 0;
  int64_t rows_ = 0;
};

}  // namespace

float* resolve(const Address& a, const TileBlock& block, int64_t row, float* scratch) {
  switch (a.base) {
    case Address::Base::kMemory:
      return a.memory + row * a.row_step + block.first_col * a.col_step;
    case Address::Base::kScratch:
      return scratch + a.offset;
    case Address::Base::kProduct:
      return scratch + a.offset + (row - block.first_row) * a.row_step;
  }
  return nullptr;
}

void run_program(const TileProgram& program, const TileBlock& block, float* scratch, const DrawContext& draw) {
  Tile tile(program, block, scratch, draw);
  for (int64_t row = block.first_row; row < block.first_row + block.rows; row += program.tile_rows) {
    tile.run(row, std::min(program.tile_rows, block.first_row + block.rows - row));
  }
}

}  // namespace elbo::cpu
