#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_random.cpp"
#include <algorithm>
#include <cmath>
#include <cstring>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/cpu/kernels/tile_math-inl.h"
#include "elbo/engine/philox.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using FloatVec = hn::Vec<Floats>;
using Words = hn::RebindToUnsigned<Floats>;
using WordVec = hn::Vec<Words>;

// The 64-bit products of x with one multiplier, as two vectors of 32-bit halves.
HWY_INLINE void multiply_wide(WordVec x, uint32_t multiplier, WordVec& high, WordVec& low) {
  const Words d;
#if HWY_TARGET == HWY_SCALAR
  const uint64_t product = uint64_t{hn::GetLane(x)} * multiplier;
  high = hn::Set(d, static_cast<uint32_t>(product >> 32));
  low = hn::Set(d, static_cast<uint32_t>(product));
#else
  const WordVec m = hn::Set(d, multiplier);
  const WordVec even = hn::BitCast(d, hn::MulEven(x, m));  // low0 high0 low2 high2
  const WordVec odd = hn::BitCast(
      d, hn::MulEven(hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(hn::Repartition<uint64_t, Words>(), x))), m));
  const hn::Repartition<uint64_t, Words> d64;
  low = hn::OddEven(hn::BitCast(d, hn::ShiftLeft<32>(hn::BitCast(d64, odd))), even);
  high = hn::OddEven(odd, hn::BitCast(d, hn::ShiftRight<32>(hn::BitCast(d64, even))));
#endif
}

// Philox4x32::block on a vector of counters; counter[] is replaced by the four output words.
HWY_INLINE void philox(WordVec counter[4], Philox4x32::Key key) {
  const Words d;
  for (int round = 0; round < Philox4x32::kRounds; ++round) {
    WordVec high0, low0, high1, low1;
    multiply_wide(counter[0], Philox4x32::kMultiplier0, high0, low0);
    multiply_wide(counter[2], Philox4x32::kMultiplier1, high1, low1);
    counter[0] = hn::Xor(hn::Xor(high1, counter[1]), hn::Set(d, key[0]));
    counter[1] = low1;
    counter[2] = hn::Xor(hn::Xor(high0, counter[3]), hn::Set(d, key[1]));
    counter[3] = low0;
    key[0] += Philox4x32::kWeyl0;
    key[1] += Philox4x32::kWeyl1;
  }
}

// Philox4x32::uniform: the middles of 2^23 cells, exact.
HWY_INLINE FloatVec to_uniform(WordVec bits) {
  const Floats d;
  const FloatVec cell = hn::ConvertTo(d, hn::BitCast(hn::RebindToSigned<Floats>(), hn::ShiftRight<9>(bits)));
  return hn::Mul(hn::Add(cell, hn::Set(d, 0.5f)), hn::Set(d, 0x1p-23f));
}

struct Uniform {
  static HWY_INLINE void draw(const WordVec bits[4], FloatVec values[4]) {
    for (int w = 0; w < 4; ++w) values[w] = to_uniform(bits[w]);
  }
};

struct Normal {
  static HWY_INLINE void draw(const WordVec bits[4], FloatVec values[4]) {
    pair(bits[0], bits[1], values[0], values[1]);
    pair(bits[2], bits[3], values[2], values[3]);
  }

  // Box-Muller.  u0 is at least 2^-24, so the radius is at most 5.77; it is below 1, so the root is of a number >= 0.
  static HWY_INLINE void pair(WordVec bits0, WordVec bits1, FloatVec& cosine, FloatVec& sine) {
    const Floats d;
    const hn::RebindToSigned<Floats> di;
    const FloatVec radius = hn::Sqrt(hn::Mul(hn::Set(d, -2.0f), log(d, to_uniform(bits0))));
    // 2 pi u1 is q quarter turns and a remainder f of at most half of one; both are exact.
    const FloatVec turns = hn::Mul(to_uniform(bits1), hn::Set(d, 4.0f));
    const auto q = hn::NearestInt(turns);
    const FloatVec f = hn::Sub(turns, hn::ConvertTo(d, q));
    const FloatVec z = hn::Mul(f, f);
    // sin and cos of f pi/2 for |f| <= 1/2.  Fits: 2^-27.6 relative, 2^-34.
    const FloatVec s =
        hn::Mul(f, polynomial(d, z, 1.57079632197f, -0.645963478642f, 0.0796802280686f, -0.0046021769971f));
    const FloatVec c =
        polynomial(d, z, 0.999999999953f, -1.23370054065f, 0.253669203955f, -0.0208600713399f, 0.000903631636244f);
    cosine = hn::Mul(radius, select_quadrant(d, s, c, hn::Add(q, hn::Set(di, 1))));
    sine = hn::Mul(radius, select_quadrant(d, s, c, q));
  }
};

// Four vectors of words to blocks of four floats: values[w] lane l to to[4 l + w].
HWY_INLINE void store_blocks(const FloatVec values[4], float* to) {
  const Floats d;
#if HWY_TARGET == HWY_SCALAR
  for (int w = 0; w < 4; ++w) to[w] = hn::GetLane(values[w]);
  (void)d;
#else
  hn::StoreInterleaved4(values[0], values[1], values[2], values[3], d, to);
#endif
}

// The blocks of the tile, row by row, are numbered through; a vector takes as many of them as it has lanes, whatever
// row they belong to, so narrow tiles cost no more than wide ones.
template <class Draw>
void fill(const RandomArgs& args, Philox4x32::Key key) {
  if (args.rows <= 0 || args.cols <= 0) return;
  const Words d;
  const Floats df;
  const size_t lanes = hn::Lanes(d);
  const int64_t row_blocks = (args.cols + 3) / 4;
  const int64_t blocks = args.rows * row_blocks;
  const bool gapless = args.col_stride == 1 && args.cols % 4 == 0 && (args.row_stride == args.cols || args.rows == 1);

  HWY_ALIGN uint32_t start_row[hn::MaxLanes(d)];
  HWY_ALIGN uint32_t start_block[hn::MaxLanes(d)];
  for (size_t lane = 0; lane < lanes; ++lane) {
    start_row[lane] = static_cast<uint32_t>(static_cast<int64_t>(lane) / row_blocks);
    start_block[lane] = static_cast<uint32_t>(static_cast<int64_t>(lane) % row_blocks);
  }
  WordVec row = hn::Load(d, start_row);
  WordVec block = hn::Load(d, start_block);
  const WordVec row_advance = hn::Set(d, static_cast<uint32_t>(static_cast<int64_t>(lanes) / row_blocks));
  const WordVec block_advance = hn::Set(d, static_cast<uint32_t>(static_cast<int64_t>(lanes) % row_blocks));
  const WordVec width = hn::Set(d, static_cast<uint32_t>(row_blocks));
  const WordVec first_low = hn::Set(d, static_cast<uint32_t>(static_cast<uint64_t>(args.first_row)));
  const WordVec first_high = hn::Set(d, static_cast<uint32_t>(static_cast<uint64_t>(args.first_row) >> 32));
  const WordVec step = hn::Set(d, static_cast<uint32_t>(args.from.step));

  HWY_ALIGN float numbers[4 * hn::MaxLanes(df)];
  int64_t at_row = 0, at_block = 0;  // of the next block to be stored
  for (int64_t done = 0; done < blocks; done += static_cast<int64_t>(lanes)) {
    const WordVec low = hn::Add(first_low, row);
    const WordVec carry = hn::IfThenElseZero(hn::Lt(low, row), hn::Set(d, 1));
    WordVec words[4] = {low, hn::Add(first_high, carry), block, step};
    philox(words, key);
    FloatVec values[4];
    Draw::draw(words, values);

    const int64_t count = std::min(static_cast<int64_t>(lanes), blocks - done);
    if (gapless && count == static_cast<int64_t>(lanes)) {
      store_blocks(values, args.dst + 4 * done);
    } else {
      store_blocks(values, numbers);
      // The bookkeeping of a gapless tile starts at its last, partial group.
      if (gapless) at_row = done / row_blocks, at_block = done % row_blocks;
      for (int64_t lane = 0; lane < count; ++lane) {
        float* dst = args.dst + at_row * args.row_stride + 4 * at_block * args.col_stride;
        const int64_t left = args.cols - 4 * at_block;
        const float* src = numbers + 4 * lane;
        if (args.col_stride == 1 && left >= 4) {
          std::memcpy(dst, src, 4 * sizeof(float));
        } else {
          for (int64_t w = 0; w < std::min<int64_t>(left, 4); ++w) dst[w * args.col_stride] = src[w];
        }
        if (++at_block == row_blocks) at_block = 0, ++at_row;
      }
    }

    block = hn::Add(block, block_advance);
    const auto next_row = hn::Not(hn::Lt(block, width));
    block = hn::Sub(block, hn::IfThenElseZero(next_row, width));
    row = hn::Add(hn::Add(row, row_advance), hn::IfThenElseZero(next_row, hn::Set(d, 1)));
  }
}

void fill_uniform(const RandomArgs& args, Philox4x32::Key key) {
  fill<Uniform>(args, key);
}
void fill_normal(const RandomArgs& args, Philox4x32::Key key) {
  fill<Normal>(args, key);
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {
HWY_EXPORT(fill_uniform);
HWY_EXPORT(fill_normal);

void random_uniform(const RandomArgs& args) {
  HWY_DYNAMIC_DISPATCH(fill_uniform)(args, random_key(args.from));
}
void random_normal(const RandomArgs& args) {
  HWY_DYNAMIC_DISPATCH(fill_normal)(args, random_key(args.from));
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
