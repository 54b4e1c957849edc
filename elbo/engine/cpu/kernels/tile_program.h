// TileProgram: the instructions of one fused kernel, run over a block of rows (and, where nothing crosses columns,
// of columns) tile by tile, with everything between instructions in a thread's scratch memory.
//
// A tile lies in one of two ways.  Plain: outer = rows, inner = columns, as in memory.  Turned: outer = columns,
// inner = rows, for narrow rows (flows in 2 to 64 dimensions): vectors then run over the rows, slices of columns cost
// nothing, and sums along a row need no work across lanes.
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/engine/cpu/kernels/row_kernels.h"
#include "elbo/engine/cpu/kernels/row_map.h"
#include "elbo/engine/cpu/kernels/tile_kernels.h"

namespace elbo::cpu {

// Where a value's elements are, for the tile at hand.
struct Address {
  enum class Base : uint8_t { kMemory, kScratch, kProduct };
  Base base = Base::kMemory;
  float* memory = nullptr;  // kMemory
  int64_t offset = 0;       // kScratch, kProduct: floats into the thread's scratch
  int64_t row_step = 0;     // kMemory, kProduct: floats from one row of the whole tensor to the next
  int64_t col_step = 0;     // kMemory, kProduct: 1 where columns are blocked, 0 where the operand is one column
};

struct TileSource {
  Address address;
  TileOperand pattern;  // stride and inner_scalar; data is filled in per tile
};

struct TileInstruction {
  enum class Kind : uint8_t {
    kKernel,     // an element-wise kernel or a row reduction
    kLoad,       // turned: transpose from memory into scratch
    kStore,      // turned: transpose from scratch into memory
    kMixedRows,  // rows of memory picked by map
    kMoveCols,   // segments of columns, and a filling
    kCumsum,
    kConvert,  // from bytes or i32
    kRandom,
    kBatchSum,  // into the block's partial sums
    kRows,
  };
  Kind kind = Kind::kKernel;
  TileKernel kernel = nullptr;
  ChunkKernel chunk = nullptr;  // of the same operation, where there is one
  TileSource dst;
  TileSource src[3];
  int sources = 0;
  float alpha = 0.0f;
  bool narrow = false;   // one column: outer = 1, inner = rows in either layout
  int64_t cols = 0;      // of the result; the block's own where columns are blocked
  int64_t src_cols = 0;  // of the first source, for reductions and moves

  RowMap map;  // kMixedRows
  struct Segment {
    int64_t dst_col, src_col, count, src_step;
    int source;
  };
  std::vector<Segment> segments;  // kMoveCols
  float fill = 0.0f;              // kMoveCols: columns that the one segment does not cover
  bool fills = false;
  bool exclusive = false, reversed = false;  // kCumsum
  const void* raw = nullptr;                 // kConvert
  DType raw_dtype = DType::kU8;
  uint64_t stream = 0;  // kRandom
  void (*fill_random)(const RandomArgs& args) = nullptr;
  bool total = false;         // kBatchSum: over everything instead of over the rows
  float* partials = nullptr;  // kBatchSum: [blocks, cols] or [blocks]
  int64_t partial_stride = 0;
  RowKernel row_kernel;  // kRows
  Attributes attributes;
  std::array<int64_t, 3> row_widths{};  // of the sources
  int64_t scratch_offset = 0;  // for the kernel, and in plain tiles for turned rows of all that is wider than one
};

constexpr int64_t kRowsTurned = 64;  // at a time, where kRows runs on a plain tile

struct TileBlock {
  int64_t first_row = 0, rows = 0;
  int64_t first_col = 0, cols = 0;
  int64_t row_block = 0;  // index of the row block, and of the block in all
  int64_t index = 0;
};

struct TileProgram {
  std::vector<TileInstruction> instructions;
  bool turned = false;
  bool cols_blocked = false;
  int64_t tile_rows = 1;
  int64_t scratch_floats = 0;  // per thread, all zones and the workspace of products included
  int64_t temp_offset = 0;     // scratch for reductions and conversions
};

struct DrawContext {
  uint64_t seed = 0;
  uint64_t step = 0;
};

// Where an address lies for the rows from `row` on of a block.
float* resolve(const Address& address, const TileBlock& block, int64_t row, float* scratch);

void run_program(const TileProgram& program, const TileBlock& block, float* scratch, const DrawContext& draw);

}  // namespace elbo::cpu
