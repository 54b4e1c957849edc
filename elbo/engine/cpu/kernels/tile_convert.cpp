#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_convert.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

HWY_INLINE auto widen(hn::RebindToSigned<hn::ScalableTag<float>> d, const uint8_t* src) {
  return hn::PromoteTo(d, hn::LoadU(hn::Rebind<uint8_t, decltype(d)>(), src));
}
HWY_INLINE auto widen(hn::RebindToSigned<hn::ScalableTag<float>> d, const int32_t* src) {
  return hn::LoadU(d, src);
}

template <class T>
HWY_INLINE void convert(const T* src, float* dst, int64_t count) {
  const hn::ScalableTag<float> d;
  const int64_t lanes = static_cast<int64_t>(hn::Lanes(d));
  int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::ConvertTo(d, widen(hn::RebindToSigned<decltype(d)>(), src + i)), d, dst + i);
  }
  for (; i < count; ++i) dst[i] = static_cast<float>(src[i]);
}
void convert_u8(const uint8_t* src, float* dst, int64_t count) {
  convert(src, dst, count);
}
void convert_i32(const int32_t* src, float* dst, int64_t count) {
  convert(src, dst, count);
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(convert_u8);
HWY_EXPORT(convert_i32);
void u8_to_f32(const uint8_t* src, float* dst, int64_t count) {
  HWY_DYNAMIC_DISPATCH(convert_u8)(src, dst, count);
}
void i32_to_f32(const int32_t* src, float* dst, int64_t count) {
  HWY_DYNAMIC_DISPATCH(convert_i32)(src, dst, count);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
