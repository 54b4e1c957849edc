// Loads, stores and row loops that the tile kernels share, compiled once per instruction set.
#if defined(ELBO_TILE_LOOPS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELBO_TILE_LOOPS_INL_H_
#undef ELBO_TILE_LOOPS_INL_H_
#else
#define ELBO_TILE_LOOPS_INL_H_
#endif

#include <cstddef>
#include <cstdint>

#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;
using Floats = hn::ScalableTag<float>;
using FloatVec = hn::Vec<Floats>;
inline constexpr size_t kMaxLanes = hn::MaxLanes(Floats());

// The first `count` floats at p, and nothing beyond them: masked instructions where the hardware promises not to
// touch what is masked out, copies elsewhere.  The lanes from count on are 0.
class Partial {
 public:
  explicit HWY_INLINE Partial(size_t count) : count_(count) {}

#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  HWY_INLINE FloatVec load(const float* p) const {
    return hn::MaskedLoad(mask_, Floats(), p);
  }
  HWY_INLINE void store(FloatVec v, float* p) const {
    hn::BlendedStore(v, mask_, Floats(), p);
  }
  // `inside` for the first `count` lanes, `outside` for the others.
  HWY_INLINE FloatVec choose(FloatVec inside, FloatVec outside) const {
    return hn::IfThenElse(mask_, inside, outside);
  }
#else
  HWY_INLINE FloatVec load(const float* p) const {
    HWY_ALIGN float lanes[kMaxLanes] = {};
    for (size_t i = 0; i < count_; ++i) lanes[i] = p[i];
    return hn::Load(Floats(), lanes);
  }
  HWY_INLINE void store(FloatVec v, float* p) const {
    HWY_ALIGN float lanes[kMaxLanes];
    hn::Store(v, Floats(), lanes);
    for (size_t i = 0; i < count_; ++i) p[i] = lanes[i];
  }
  HWY_INLINE FloatVec choose(FloatVec inside, FloatVec outside) const {
    return hn::IfThenElse(hn::FirstN(Floats(), count_), inside, outside);
  }
#endif
  HWY_INLINE size_t count() const {
    return count_;
  }

 private:
  size_t count_;
#if HWY_TARGET == HWY_AVX2 || HWY_TARGET == HWY_AVX3
  hn::Mask<Floats> mask_ = hn::FirstN(Floats(), count_);
#endif
};

// A source as the inner loop sees it: vector v of the row is at row + v * step lanes.  One value per row is spread into
// a vector that the loop reads again and again (step 0), so that one loop serves every mode of every operand.
struct RowSource {
  const float* row;
  size_t step;  // 1, or 0 for a spread value

  HWY_INLINE FloatVec load(size_t i) const { return hn::LoadU(Floats(), row + i * step); }
  HWY_INLINE FloatVec load(size_t i, const Partial& tail) const { return tail.load(row + i * step); }
};
HWY_INLINE RowSource row_source(const TileOperand& operand, int64_t outer, float* spread) {
  const float* p = operand.data + outer * operand.stride;
  if (!operand.inner_scalar) return {p, 1};
  hn::Store(hn::Set(Floats(), *p), Floats(), spread);
  return {spread, 0};
}

// Rows that follow one another without a gap are one long row.
inline TileArgs collapsed(const TileArgs& args, int sources) {
  TileArgs flat = args;
  if (args.outer <= 1 || args.dst_stride != args.inner) return flat;
  for (int k = 0; k < sources; ++k) {
    TileOperand& src = flat.src[static_cast<size_t>(k)];
    if (src.stride == 0 && (src.inner_scalar || args.inner == 1)) {
      src.inner_scalar = true;
      continue;
    }
    if (src.stride != args.inner || (src.inner_scalar && args.inner != 1)) return args;
    src.inner_scalar = false;
  }
  flat.inner = args.outer * args.inner;
  flat.outer = 1;
  return flat;
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
