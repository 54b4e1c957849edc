// Vector kernels over one tile: the inner loops of every fused kernel, one per operation, in f32.
//
// A tile is a small matrix of outer x inner values that stays in L1.  The innermost step is always 1.  An operand is
// a full tile, one row repeated for every outer index (stride 0), one value per outer index (inner_scalar), or one
// value in all (both).  Kernels are written once with Highway and chosen at run time for the processor at hand, from
// SSE4 to AVX-512.
//
//   const TileKernel tanh = elementwise_kernel("tanh");
//   tanh({.dst = y, .dst_stride = 64, .src = {{.data = x, .stride = 64}}, .outer = 20, .inner = 64});
//
// Nothing outside [0, inner) of a row is read or written, rows may start at any float, and dst may be one of the
// sources (same address, same stride).
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "elbo/engine/random/draws.h"

namespace elbo::cpu {

struct TileOperand {
  const float* data = nullptr;
  int64_t stride = 0;         // floats between outer rows; 0 repeats one row
  bool inner_scalar = false;  // data[outer * stride] serves the whole row
};

struct TileArgs {
  float* dst = nullptr;
  int64_t dst_stride = 0;
  std::array<TileOperand, 3> src{};
  int64_t outer = 0;
  int64_t inner = 0;
  float alpha = 0.0f;  // the operation's scalar attribute, where it has one (leaky_relu's slope, elu's alpha)
};

using TileKernel = void (*)(const TileArgs&);

// The kernel of an element-wise operation by the name in its OpDef, or nullptr when there is none:
//   unary:   neg abs sign exp log log1p expm1 tanh sigmoid softplus log_sigmoid relu leaky_relu elu gelu sqrt rsqrt
//            square reciprocal sin cos erf floor is_finite copy
//   binary:  add sub mul div pow min max less less_equal equal      (comparisons give 0 or 1)
//   ternary: select (src0 != 0 ? src1 : src2), multiply_add (src0 * src1 + src2, one rounding)
// Special values follow <cmath>: log(0) = -inf, log(-1) = NaN, exp(inf) = inf, exp(-inf) = 0, tanh(+-inf) = +-1,
// softplus(1e4) = 1e4, NaN in gives NaN out (min and max too; a comparison with NaN is 0).
// sign(0) = 0, gelu(-inf) = 0, and a NaN condition selects src1.
//
// Greatest error over all floats, in units in the last place, subnormal results included.  Each is the bound that
// tile_accuracy_test.cpp holds; in brackets what was found over every 97th float and all four instruction sets.
//
//   exp      2 (1.04)   tanh         3 (2.57)   sin, cos              2 (1.57)   sqrt, reciprocal, div, square  0.5
//   log      2 (1.07)   sigmoid      3 (2.40)   erf                   3 (2.76)   neg abs sign relu floor copy   exact
//   log1p    2 (1.27)   softplus     2 (1.69)   elu (and a product)   3          add sub mul leaky_relu         0.5
//   expm1    2 (1.71)   log_sigmoid  2 (1.69)   rsqrt               1.5 (1.49)   pow       std::pow, lane by lane
//
//   gelu     5 for src >= -4 (8 without fused multiply-add), relative 7e-7 down to -12.5 (5e-6); absolute 6e-8 below 0
//   multiply_add   0.5; without fused multiply-add the sum is rounded to f64 on its way
//
// A value depends on its operands and the instruction set alone, never on its place in the tile.
TileKernel elementwise_kernel(std::string_view name);

// The same for kChunkFloats values in a row, dst and sources each: no strides and no rest to look after, for long
// chains of cheap operations over short pieces.  dst may be one of the sources.  nullptr where there is none; there is
// for the cheap ones: neg abs sign sqrt rsqrt square reciprocal copy add sub mul div min max less less_equal select
// multiply_add.  Same values as elementwise_kernel's.
inline constexpr int64_t kChunkFloats = 128;
using ChunkKernel = void (*)(float* dst, const float* const* src, float alpha);
ChunkKernel chunk_kernel(std::string_view name);

// dst[outer] = sum or maximum over inner of src0 (of src0 * src1 for dot_inner); dst_stride is the step in dst.
// dst[inner] = the same over outer.  An empty sum is 0, an empty maximum -inf.  The order of additions depends on the
// tile's extents and the instruction set alone; that of a row in an inner reduction on its length alone.  A NaN
// anywhere gives NaN.
TileKernel reduction_kernel(std::string_view name);  // sum_inner max_inner dot_inner sum_outer max_outer dot_outer

// dst[j * dst_stride + i] = src[i * src_stride + j] for i < rows, j < cols.
struct TransposeArgs {
  const float* src = nullptr;
  int64_t src_stride = 0;
  float* dst = nullptr;
  int64_t dst_stride = 0;
  int64_t rows = 0;
  int64_t cols = 0;
};
void transpose(const TransposeArgs& args);

void u8_to_f32(const uint8_t* src, float* dst, int64_t count);
void i32_to_f32(const int32_t* src, float* dst, int64_t count);

// Random numbers, as random/draws.h says which.
struct RandomArgs {
  float* dst = nullptr;
  int64_t row_stride = 0;  // floats between consecutive rows of the draw in dst
  int64_t col_stride = 0;  // floats between consecutive columns
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t first_row = 0;  // index of the tile's first row in the whole draw
  DrawStream from;
};
// Tiles may cut a draw anywhere in its rows; every tile begins at column 0.
void random_uniform(const RandomArgs& args);
void random_normal(const RandomArgs& args);

}  // namespace elbo::cpu
