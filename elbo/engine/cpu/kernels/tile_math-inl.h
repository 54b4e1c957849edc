// Vector mathematics in f32 for the tile kernels, compiled once per instruction set (there is no #pragma once: the
// guard below lets each target of foreach_target.h include the file again).
//
// Every function takes a tag and one vector and is right for all inputs, infinities, NaN and subnormal numbers
// included; the error bounds are in the table of tile_kernels.h.  The polynomials are minimax fits (Remez exchange in
// 30 digits, weighted for relative error of the result); each says its interval and the error of the fit alone.
#if defined(ELBO_TILE_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef ELBO_TILE_MATH_INL_H_
#undef ELBO_TILE_MATH_INL_H_
#else
#define ELBO_TILE_MATH_INL_H_
#endif

#include <cmath>
#include <limits>

#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

inline constexpr float kInfinity = std::numeric_limits<float>::infinity();
inline constexpr float kQuietNan = std::numeric_limits<float>::quiet_NaN();

// Limits that leave NaN alone.  On x86, max and min return their second operand when either is NaN.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_least(D d, float limit, V x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Max(hn::Set(d, limit), x);
#else
  return hn::IfThenElse(hn::Lt(x, hn::Set(d, limit)), hn::Set(d, limit), x);
#endif
}
template <class D, class V = hn::Vec<D>>
HWY_INLINE V at_most(D d, float limit, V x) {
#if HWY_ARCH_X86 && HWY_TARGET != HWY_EMU128 && HWY_TARGET != HWY_SCALAR
  return hn::Min(hn::Set(d, limit), x);
#else
  return hn::IfThenElse(hn::Gt(x, hn::Set(d, limit)), hn::Set(d, limit), x);
#endif
}

// c[0] + c[1] x + ... by Horner's rule, highest coefficient last.
template <class D, class V>
HWY_INLINE V polynomial(D d, V /*x*/, float c0) {
  return hn::Set(d, c0);
}
template <class D, class V, class... Rest>
HWY_INLINE V polynomial(D d, V x, float c0, Rest... rest) {
  return hn::MulAdd(polynomial(d, x, rest...), x, hn::Set(d, c0));
}

// x = n ln 2 + r with |r| <= ln 2 / 2, n a whole number.  The upper part of ln 2 has 9 bits, so that n times it is
// exact with and without fused multiply-add.
template <class D, class V>
HWY_INLINE V reduce_by_ln2(D d, V x, V n) {
  const V r = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), x);
  return hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), r);
}
// exp(r) - 1 on |r| <= ln 2 / 2.  Fit: 2^-26.1 relative to the result.
template <class D, class V>
HWY_INLINE V expm1_of_reduced(D d, V r) {
  const V q =
      polynomial(d, r, 0.499999981327f, 0.166665427227f, 0.0416672042226f, 0.00836664420984f, 0.00138824766275f);
  return hn::MulAdd(hn::Mul(r, r), q, r);
}
// 2^n for whole n in [-126, 127].
template <class D, class VI>
HWY_INLINE hn::Vec<D> power_of_two(D d, VI n) {
  const hn::RebindToSigned<D> di;
  return hn::BitCast(d, hn::ShiftLeft<23>(hn::Add(n, hn::Set(di, 127))));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V exp(D d, V x) {
  x = at_most(d, 89.0f, at_least(d, -104.0f, x));  // already infinite, already zero
  const V scaled = hn::Mul(x, hn::Set(d, 1.44269504f));
#if HWY_TARGET == HWY_AVX3
  const V n = hn::Round(scaled);
  const V y = hn::Add(expm1_of_reduced(d, reduce_by_ln2(d, x, n)), hn::Set(d, 1.0f));
  return V{_mm512_scalef_ps(y.raw, n.raw)};
#else
  const auto n = hn::NearestInt(scaled);
  const V y = hn::Add(expm1_of_reduced(d, reduce_by_ln2(d, x, hn::ConvertTo(d, n))), hn::Set(d, 1.0f));
  // In two factors: n runs from -150, where the result is subnormal, to 128, where it may still be finite.
  const auto half = hn::ShiftRight<1>(n);
  return hn::Mul(hn::Mul(y, power_of_two(d, half)), power_of_two(d, hn::Sub(n, half)));
#endif
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V expm1(D d, V x) {
  x = at_most(d, 89.0f, at_least(d, -18.0f, x));
  const auto n = hn::NearestInt(hn::Mul(x, hn::Set(d, 1.44269504f)));
  const V p = expm1_of_reduced(d, reduce_by_ln2(d, x, hn::ConvertTo(d, n)));
  // 2^n p + (2^n - 1), halved so that n = 128 stays in range.
  const V half_power = power_of_two(d, hn::Sub(n, hn::Set(hn::RebindToSigned<D>(), 1)));
  const V half = hn::MulAdd(half_power, p, hn::Sub(half_power, hn::Set(d, 0.5f)));
  return hn::Add(half, half);
}

// tanh(x) = e / (e + 2) with e = exp(2|x|) - 1: no cancellation anywhere, so one formula serves all x.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V tanh(D d, V x) {
  const V magnitude = at_most(d, 9.5f, hn::Abs(x));
  const V twice = hn::Add(magnitude, magnitude);
  const auto n = hn::NearestInt(hn::Mul(twice, hn::Set(d, 1.44269504f)));
  const V p = expm1_of_reduced(d, reduce_by_ln2(d, twice, hn::ConvertTo(d, n)));
  const V power = power_of_two(d, n);
  const V e = hn::MulAdd(power, p, hn::Sub(power, hn::Set(d, 1.0f)));
  return hn::CopySignToAbs(hn::Div(e, hn::Add(e, hn::Set(d, 2.0f))), x);
}

// 1 / (1 + exp(-x)), written with exp(-|x|) so that both tails keep their relative accuracy.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V sigmoid(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V e = exp(d, hn::Neg(hn::Abs(x)));
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

// log(1 + f) + e ln 2 for f in [-1/4, 1/2] and a whole number e.  Fit: 2^-27.6 relative.
template <class D, class V>
HWY_INLINE V log_of_reduced(D d, V f, V e) {
  const V q = polynomial(d, f, 0.33333449117f, -0.250000960347f, 0.199908614183f, -0.166473054655f, 0.144783808303f,
                         -0.131612436956f, 0.104631957637f, -0.0450761506076f);
  const V y = hn::Mul(hn::Mul(f, f), hn::MulAdd(f, q, hn::Set(d, -0.5f)));
  return hn::MulAdd(e, hn::Set(d, 0.693147181f), hn::Add(f, y));
}
// Puts right what the integer arithmetic on the bits of u cannot see: log(0) = -inf, log(u < 0) = NaN, and u itself
// for inf and NaN.
template <class D, class V>
HWY_INLINE V with_special_logs(D d, V u, V y) {
  const V zero = hn::Zero(d);
  const V edge = hn::IfThenElse(hn::Eq(u, zero), hn::Set(d, -kInfinity),
                                hn::IfThenElse(hn::Lt(u, zero), hn::Set(d, kQuietNan), u));
  return hn::IfThenElse(hn::And(hn::Gt(u, zero), hn::Lt(u, hn::Set(d, kInfinity))), y, edge);
}

// The exponent e and the bits to subtract for it, such that u 2^-e lies in [3/4, 3/2).
template <class D, class V>
HWY_INLINE hn::Vec<hn::RebindToSigned<D>> exponent_bits(D /*d*/, V u) {
  const hn::RebindToSigned<D> di;
  return hn::And(hn::Sub(hn::BitCast(di, u), hn::Set(di, 0x3f400000)), hn::Set(di, static_cast<int32_t>(0xff800000)));
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V log(D d, V x) {
  const V one = hn::Set(d, 1.0f);
#if HWY_TARGET == HWY_AVX3
  // These two instructions know subnormal numbers, 0, inf and NaN; a negative x gives NaN.
  const V m{_mm512_getmant_ps(x.raw, _MM_MANT_NORM_p75_1p5, _MM_MANT_SIGN_nan)};
  const V e = hn::Sub(V{_mm512_getexp_ps(x.raw)}, V{_mm512_getexp_ps(m.raw)});
  return log_of_reduced(d, hn::Sub(m, one), e);
#else
  const hn::RebindToSigned<D> di;
  const auto subnormal = hn::Lt(x, hn::Set(d, 0x1p-126f));
  const V u = hn::IfThenElse(subnormal, hn::Mul(x, hn::Set(d, 0x1p23f)), x);
  const auto bits = exponent_bits(d, u);
  V e = hn::ConvertTo(d, hn::ShiftRight<23>(bits));
  e = hn::Sub(e, hn::IfThenElseZero(subnormal, hn::Set(d, 23.0f)));
  const V m = hn::BitCast(d, hn::Sub(hn::BitCast(di, u), bits));
  return with_special_logs(d, x, log_of_reduced(d, hn::Sub(m, one), e));
#endif
}

template <class D, class V = hn::Vec<D>>
HWY_INLINE V log1p(D d, V x) {
  const hn::RebindToSigned<D> di;
  const V u = hn::Add(x, hn::Set(d, 1.0f));
  const auto bits = exponent_bits(d, u);
  // f = (1 + x) 2^-e - 1 from x itself, so that what 1 + x rounds away is kept; 4 2^-e stays normal for e = 128.
  const V scaled = hn::BitCast(d, hn::Sub(hn::BitCast(di, x), bits));
  const V power = hn::BitCast(d, hn::Sub(hn::Set(di, 0x40800000), bits));
  const V f = hn::Add(scaled, hn::MulAdd(power, hn::Set(d, 0.25f), hn::Set(d, -1.0f)));
  return with_special_logs(d, u, log_of_reduced(d, f, hn::ConvertTo(d, hn::ShiftRight<23>(bits))));
}

// max(x, 0) + log(1 + exp(-|x|)).
template <class D, class V = hn::Vec<D>>
HWY_INLINE V softplus(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V e = exp(d, hn::Neg(hn::Abs(x)));  // in [0, 1]: 1 + e needs halving from e = 1/2 on
  const auto large = hn::Ge(e, hn::Set(d, 0.5f));
  const V f = hn::IfThenElse(large, hn::Mul(hn::Sub(e, one), hn::Set(d, 0.5f)), e);
  return hn::Add(hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x), log_of_reduced(d, f, hn::IfThenElseZero(large, one)));
}

// erfc(a / sqrt 2) exp(a^2 / 2) / 2 for a in [0, 14.5], a polynomial in t = (a - 2) / (a + 10/3), which keeps the sum
// free of cancellation where the result is large.  Fit: 2^-24 relative.
template <class D, class V>
HWY_INLINE V mills_ratio(D d, V a) {
  const V t = hn::Div(hn::Sub(a, hn::Set(d, 2.0f)), hn::Add(a, hn::Set(d, 3.3333333f)));
  return polynomial(d, t, 0.168102009793f, -0.334604232116f, 0.271623648189f, -0.139206767476f, 0.0316882046853f,
                    0.00782201187568f, -0.00546500320466f, -0.000846746205075f, 0.000894247229551f);
}

// |x| < 0.95: x times a polynomial in x^2 (fit 2^-30.6 relative); above, 1 - exp(-x^2) times the ratio above.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V erf(D d, V x) {
  const V magnitude = at_most(d, 4.0f, hn::Abs(x));
  const V square = hn::Mul(magnitude, magnitude);
  const V small =
      hn::Mul(magnitude, polynomial(d, square, 1.12837916641f, -0.376126316149f, 0.112836640017f, -0.0268577049562f,
                                    0.00519695141591f, -0.000809769436527f, 8.18505315546e-5f));
  const V tail = hn::Mul(exp(d, hn::Neg(square)), mills_ratio(d, hn::Mul(magnitude, hn::Set(d, 1.41421356f))));
  const V large = hn::NegMulAdd(hn::Set(d, 2.0f), tail, hn::Set(d, 1.0f));
  return hn::CopySignToAbs(hn::IfThenElse(hn::Lt(magnitude, hn::Set(d, 0.95f)), small, large), x);
}

// x Phi(x), from Phi(-|x|) = exp(-x^2 / 2) mills_ratio(|x|): nothing cancels in the left tail.
template <class D, class V = hn::Vec<D>>
HWY_INLINE V gelu(D d, V x) {
  const V a = at_most(d, 14.5f, hn::Abs(x));
  const V square = hn::Mul(a, a);
  const V half = hn::Set(d, 0.5f);
  // What the square rounds away would be worth a^2 / 2 ULP of the exponential.  (0 where there is no fused form.)
  const V rest = hn::MulSub(a, a, square);
  const V density = exp(d, hn::Neg(hn::Mul(square, half)));
  const V corrected = hn::NegMulAdd(hn::Mul(density, half), rest, density);
  const V below = hn::Neg(hn::Mul(hn::Mul(a, mills_ratio(d, a)), corrected));  // -a Phi(-a)
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), below, hn::Add(x, below));
}

// sin and cos of r and cos's place for the quadrant q: sin(q pi/2 + r), cos(q pi/2 + r).
template <class D, class V, class VI>
HWY_INLINE V select_quadrant(D d, V sin_r, V cos_r, VI q) {
  const hn::RebindToSigned<D> di;
  const auto odd = hn::MaskFromVec(hn::BitCast(d, hn::Neg(hn::And(q, hn::Set(di, 1)))));
  const V sign = hn::BitCast(d, hn::ShiftLeft<30>(hn::And(q, hn::Set(di, 2))));
  return hn::Xor(hn::IfThenElse(odd, cos_r, sin_r), sign);
}

#if HWY_TARGET == HWY_SCALAR
template <int kShift, class D, class V = hn::Vec<D>>
HWY_INLINE V sin_shifted(D d, V x) {
  return hn::Set(d, kShift == 0 ? std::sin(hn::GetLane(x)) : std::cos(hn::GetLane(x)));
}
#else
// The remainder of x by pi/2 and the quadrant, in double precision: exact enough for |x| <= 2^20 everywhere.
template <class DH, class VH>
HWY_INLINE hn::Vec<DH> reduce_by_half_pi(DH dh, VH x, hn::Vec<hn::RebindToSigned<DH>>& quadrant) {
  const hn::Rebind<double, DH> dd;
  const auto wide = hn::PromoteTo(dd, x);
  const auto n = hn::Round(hn::Mul(wide, hn::Set(dd, 0.63661977236758134308)));
  // pi/2 in two parts; n times the first, which has 33 bits, is exact.
  const auto r = hn::NegMulAdd(n, hn::Set(dd, 1.57079632673412561417), wide);
  quadrant = hn::DemoteTo(hn::RebindToSigned<DH>(), n);
  return hn::DemoteTo(dh, hn::NegMulAdd(n, hn::Set(dd, 6.07710050650619224932e-11), r));
}

// sin(x + shift pi/2).  Beyond 2^20, where a reduction by two words of pi no longer serves, lane by lane.
template <int kShift, class D, class V = hn::Vec<D>>
HWY_INLINE V sin_shifted(D d, V x) {
  const hn::RebindToSigned<D> di;
  const hn::Half<D> dh;
  const hn::RebindToSigned<decltype(dh)> dih;
  const auto huge = hn::Not(hn::Le(hn::Abs(x), hn::Set(d, 0x1p20f)));  // NaN too
  const V safe = hn::IfThenZeroElse(huge, x);
  hn::Vec<decltype(dih)> q_low, q_high;
  const auto r_low = reduce_by_half_pi(dh, hn::LowerHalf(dh, safe), q_low);
  const auto r_high = reduce_by_half_pi(dh, hn::UpperHalf(dh, safe), q_high);
  const V r = hn::Combine(d, r_high, r_low);
  const auto q = hn::Add(hn::Combine(di, q_high, q_low), hn::Set(di, kShift));
  const V z = hn::Mul(r, r);
  // Fits on |r| <= pi/4: 2^-28 for the sine, 2^-33 for the cosine.
  const V s = hn::MulAdd(hn::Mul(r, z), polynomial(d, z, -0.166666548785f, 0.00833217380225f, -0.000195166837449f), r);
  const V c = hn::MulAdd(hn::Mul(z, z), polynomial(d, z, 0.0416666467606f, -0.00138873620666f, 2.44377951831e-5f),
                         hn::NegMulAdd(z, hn::Set(d, 0.5f), hn::Set(d, 1.0f)));
  const V y = select_quadrant(d, s, c, q);
  if (HWY_LIKELY(hn::AllFalse(d, huge))) return y;
  HWY_ALIGN float in[hn::MaxLanes(d)];
  HWY_ALIGN float out[hn::MaxLanes(d)];
  hn::Store(x, d, in);
  hn::Store(y, d, out);
  for (size_t i = 0; i < hn::Lanes(d); ++i) {
    if (!(std::abs(in[i]) <= 0x1p20f)) out[i] = kShift == 0 ? std::sin(in[i]) : std::cos(in[i]);
  }
  return hn::Load(d, out);
}
#endif  // HWY_SCALAR

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
