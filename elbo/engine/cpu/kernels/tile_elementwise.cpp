#include "elbo/engine/cpu/kernels/tile_targets.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "elbo/engine/cpu/kernels/tile_elementwise.cpp"
#include <cmath>
#include <string_view>
#include <utility>

#include <hwy/foreach_target.h>
#include <hwy/highway.h>

#include "elbo/engine/cpu/kernels/tile_kernels.h"
#include "elbo/engine/cpu/kernels/tile_loops-inl.h"
#include "elbo/engine/cpu/kernels/tile_math-inl.h"

HWY_BEFORE_NAMESPACE();
namespace elbo::cpu::HWY_NAMESPACE {

// An operation is a struct with `apply(tag, alpha, sources...)` on vectors.  kUnroll vectors are in flight at once:
// four for operations of an instruction or two, one for those long enough to fill the pipeline alone.
template <int kUnroll>
struct Unary {
  static constexpr int kSources = 1;
  static constexpr int kVectors = kUnroll;
};
template <int kUnroll>
struct Binary {
  static constexpr int kSources = 2;
  static constexpr int kVectors = kUnroll;
};
template <int kUnroll>
struct Ternary {
  static constexpr int kSources = 3;
  static constexpr int kVectors = kUnroll;
};

#define ELBO_UNARY(NAME, UNROLL, ...)              \
  struct NAME : Unary<UNROLL> {                    \
    template <class D, class V>                    \
    static HWY_INLINE V apply(D d, V alpha, V x) { \
      (void)d, (void)alpha;                        \
      return __VA_ARGS__;                          \
    }                                              \
  };
#define ELBO_BINARY(NAME, UNROLL, ...)                  \
  struct NAME : Binary<UNROLL> {                        \
    template <class D, class V>                         \
    static HWY_INLINE V apply(D d, V alpha, V x, V y) { \
      (void)d, (void)alpha;                             \
      return __VA_ARGS__;                               \
    }                                                   \
  };

ELBO_UNARY(Negate, 4, hn::Neg(x))
ELBO_UNARY(Absolute, 4, hn::Abs(x))
ELBO_UNARY(Sign, 2,
           hn::IfThenElse(hn::Gt(x, hn::Zero(d)), hn::Set(d, 1.0f),
                          hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Set(d, -1.0f), x)))
ELBO_UNARY(Exp, 2, exp(d, x))
ELBO_UNARY(Log, 2, log(d, x))
ELBO_UNARY(Log1p, 2, log1p(d, x))
ELBO_UNARY(Expm1, 2, expm1(d, x))
ELBO_UNARY(Tanh, 2, tanh(d, x))
ELBO_UNARY(Sigmoid, 2, sigmoid(d, x))
ELBO_UNARY(Softplus, 2, softplus(d, x))
ELBO_UNARY(LogSigmoid, 2, hn::Neg(softplus(d, hn::Neg(x))))
ELBO_UNARY(Relu, 4, hn::IfThenZeroElse(hn::Lt(x, hn::Zero(d)), x))
ELBO_UNARY(LeakyRelu, 4, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(x, alpha), x))
ELBO_UNARY(Elu, 1, hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Mul(expm1(d, x), alpha), x))
ELBO_UNARY(Gelu, 1, gelu(d, x))
ELBO_UNARY(SquareRoot, 2, hn::Sqrt(x))
ELBO_UNARY(ReciprocalRoot, 2, hn::Div(hn::Set(d, 1.0f), hn::Sqrt(x)))
ELBO_UNARY(Square, 4, hn::Mul(x, x))
ELBO_UNARY(Reciprocal, 2, hn::Div(hn::Set(d, 1.0f), x))
ELBO_UNARY(Sine, 1, sin_shifted<0>(d, x))
ELBO_UNARY(Cosine, 1, sin_shifted<1>(d, x))
ELBO_UNARY(Erf, 1, erf(d, x))
ELBO_UNARY(FloorOf, 4, hn::Floor(x))
ELBO_UNARY(FiniteTest, 4, hn::IfThenElseZero(hn::Lt(hn::Abs(x), hn::Set(d, kInfinity)), hn::Set(d, 1.0f)))
ELBO_UNARY(Copy, 4, x)

ELBO_BINARY(Add, 4, hn::Add(x, y))
ELBO_BINARY(Subtract, 4, hn::Sub(x, y))
ELBO_BINARY(Multiply, 4, hn::Mul(x, y))
ELBO_BINARY(Divide, 2, hn::Div(x, y))
// A NaN in x fails the comparison, so it is asked for; a NaN in y fails it too and is then what is taken.
ELBO_BINARY(Minimum, 4, hn::IfThenElse(hn::Or(hn::Lt(x, y), hn::IsNaN(x)), x, y))
ELBO_BINARY(Maximum, 4, hn::IfThenElse(hn::Or(hn::Gt(x, y), hn::IsNaN(x)), x, y))
ELBO_BINARY(Less, 4, hn::IfThenElseZero(hn::Lt(x, y), hn::Set(d, 1.0f)))
ELBO_BINARY(LessEqual, 4, hn::IfThenElseZero(hn::Le(x, y), hn::Set(d, 1.0f)))
ELBO_BINARY(Equal, 4, hn::IfThenElseZero(hn::Eq(x, y), hn::Set(d, 1.0f)))

#undef ELBO_UNARY
#undef ELBO_BINARY

// Lane by lane: pow(x, y) = exp(y log x) would lose y log x ULP.
struct Power : Binary<1> {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V /*alpha*/, V x, V y) {
    HWY_ALIGN float base[kMaxLanes];
    HWY_ALIGN float exponent[kMaxLanes];
    hn::Store(x, d, base);
    hn::Store(y, d, exponent);
    for (size_t i = 0; i < hn::Lanes(d); ++i) base[i] = std::pow(base[i], exponent[i]);
    return hn::Load(d, base);
  }
};

struct Select : Ternary<4> {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V /*alpha*/, V condition, V x, V y) {
    return hn::IfThenElse(hn::Eq(condition, hn::Zero(d)), y, x);
  }
};

struct MultiplyAdd : Ternary<4> {
  template <class D, class V>
  static HWY_INLINE V apply(D d, V /*alpha*/, V x, V y, V z) {
#if HWY_NATIVE_FMA
    (void)d;
    return hn::MulAdd(x, y, z);
#elif HWY_TARGET == HWY_SCALAR
    return hn::Set(d, std::fma(hn::GetLane(x), hn::GetLane(y), hn::GetLane(z)));
#else
    // Through f64, where the product is exact; the sum is rounded to 53 bits on its way to 24.
    const hn::Half<D> dh;
    const hn::Rebind<double, decltype(dh)> dd;
    const auto low = hn::MulAdd(hn::PromoteTo(dd, hn::LowerHalf(dh, x)), hn::PromoteTo(dd, hn::LowerHalf(dh, y)),
                                hn::PromoteTo(dd, hn::LowerHalf(dh, z)));
    const auto high = hn::MulAdd(hn::PromoteTo(dd, hn::UpperHalf(dh, x)), hn::PromoteTo(dd, hn::UpperHalf(dh, y)),
                                 hn::PromoteTo(dd, hn::UpperHalf(dh, z)));
    return hn::Combine(d, hn::DemoteTo(dh, high), hn::DemoteTo(dh, low));
#endif
  }
};

// The loops below are spelled as pack expansions over the sources K and the vectors V in flight: as loops over small
// arrays the compiler keeps the pointers in memory, which triples the cost of a short row.
template <size_t... K>
using Indices = std::index_sequence<K...>;

template <class Op, size_t... K>
HWY_INLINE FloatVec apply_at(FloatVec alpha, const RowSource* src, size_t i, Indices<K...> /*sources*/) {
  return Op::apply(Floats(), alpha, src[K].load(i)...);
}

// Vectors V... at dst[i...]; every load comes before any store, because dst may be a source.
template <class Op, class Sources, size_t... V>
HWY_INLINE void apply_block(FloatVec alpha, const RowSource* src, float* dst, size_t i, Indices<V...> /*vectors*/) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const FloatVec y[] = {apply_at<Op>(alpha, src, i + V * lanes, Sources())...};
  (hn::StoreU(y[V], d, dst + i + V * lanes), ...);
}

template <class Op, size_t... K>
HWY_INLINE void elementwise_rows(const TileArgs& args, Indices<K...> sources) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const size_t inner = static_cast<size_t>(args.inner);
  const size_t whole = inner / lanes * lanes;
  const size_t unrolled = inner / (lanes * Op::kVectors) * (lanes * Op::kVectors);
  const Partial tail(inner - whole);
  const FloatVec alpha = hn::Set(d, args.alpha);
  const TileOperand operands[] = {args.src[K]...};
  HWY_ALIGN float spread[sizeof...(K)][kMaxLanes];
  float* dst = args.dst;
  for (int64_t outer = 0; outer < args.outer; ++outer, dst += args.dst_stride) {
    const RowSource src[] = {row_source(operands[K], outer, spread[K])...};
    size_t i = 0;
    if constexpr (Op::kVectors > 1) {
      for (; i < unrolled; i += lanes * Op::kVectors) {
        apply_block<Op, Indices<K...>>(alpha, src, dst, i, std::make_index_sequence<Op::kVectors>());
      }
    }
    for (; i < whole; i += lanes) hn::StoreU(apply_at<Op>(alpha, src, i, sources), d, dst + i);
    if (tail.count() != 0) tail.store(Op::apply(d, alpha, src[K].load(i, tail)...), dst + i);
  }
}

template <class Op>
void elementwise(const TileArgs& tile) {
  const TileArgs args = collapsed(tile, Op::kSources);
  if (args.inner > 0) elementwise_rows<Op>(args, std::make_index_sequence<Op::kSources>());
}

// Four vectors at a time, every load before any store, because dst may be a source.
template <class Op, size_t... K>
HWY_INLINE void chunk_of(float* dst, const float* const* src, float alpha_value, Indices<K...> /*sources*/) {
  const Floats d;
  const size_t lanes = hn::Lanes(d);
  const FloatVec alpha = hn::Set(d, alpha_value);
  for (size_t i = 0; i < kChunkFloats; i += 4 * lanes) {
    const FloatVec y0 = Op::apply(d, alpha, hn::LoadU(d, src[K] + i)...);
    const FloatVec y1 = Op::apply(d, alpha, hn::LoadU(d, src[K] + i + lanes)...);
    const FloatVec y2 = Op::apply(d, alpha, hn::LoadU(d, src[K] + i + 2 * lanes)...);
    const FloatVec y3 = Op::apply(d, alpha, hn::LoadU(d, src[K] + i + 3 * lanes)...);
    hn::StoreU(y0, d, dst + i);
    hn::StoreU(y1, d, dst + i + lanes);
    hn::StoreU(y2, d, dst + i + 2 * lanes);
    hn::StoreU(y3, d, dst + i + 3 * lanes);
  }
}

template <class Op>
void chunk(float* dst, const float* const* src, float alpha) {
  chunk_of<Op>(dst, src, alpha, std::make_index_sequence<Op::kSources>());
}

struct NamedKernel {
  std::string_view name;
  TileKernel kernel;
};

struct NamedChunk {
  std::string_view name;
  ChunkKernel kernel;
};

// What optimizers are made of.
ChunkKernel find_chunk(std::string_view name) {
  static constexpr NamedChunk kKernels[] = {
      {"neg", chunk<Negate>},
      {"abs", chunk<Absolute>},
      {"sign", chunk<Sign>},
      {"sqrt", chunk<SquareRoot>},
      {"rsqrt", chunk<ReciprocalRoot>},
      {"square", chunk<Square>},
      {"reciprocal", chunk<Reciprocal>},
      {"copy", chunk<Copy>},
      {"add", chunk<Add>},
      {"sub", chunk<Subtract>},
      {"mul", chunk<Multiply>},
      {"div", chunk<Divide>},
      {"min", chunk<Minimum>},
      {"max", chunk<Maximum>},
      {"less", chunk<Less>},
      {"less_equal", chunk<LessEqual>},
      {"select", chunk<Select>},
      {"multiply_add", chunk<MultiplyAdd>},
  };
  for (const NamedChunk& entry : kKernels) {
    if (entry.name == name) return entry.kernel;
  }
  return nullptr;
}

TileKernel find_elementwise(std::string_view name) {
  static constexpr NamedKernel kKernels[] = {
      {"neg", elementwise<Negate>},
      {"abs", elementwise<Absolute>},
      {"sign", elementwise<Sign>},
      {"exp", elementwise<Exp>},
      {"log", elementwise<Log>},
      {"log1p", elementwise<Log1p>},
      {"expm1", elementwise<Expm1>},
      {"tanh", elementwise<Tanh>},
      {"sigmoid", elementwise<Sigmoid>},
      {"softplus", elementwise<Softplus>},
      {"log_sigmoid", elementwise<LogSigmoid>},
      {"relu", elementwise<Relu>},
      {"leaky_relu", elementwise<LeakyRelu>},
      {"elu", elementwise<Elu>},
      {"gelu", elementwise<Gelu>},
      {"sqrt", elementwise<SquareRoot>},
      {"rsqrt", elementwise<ReciprocalRoot>},
      {"square", elementwise<Square>},
      {"reciprocal", elementwise<Reciprocal>},
      {"sin", elementwise<Sine>},
      {"cos", elementwise<Cosine>},
      {"erf", elementwise<Erf>},
      {"floor", elementwise<FloorOf>},
      {"is_finite", elementwise<FiniteTest>},
      {"copy", elementwise<Copy>},
      {"add", elementwise<Add>},
      {"sub", elementwise<Subtract>},
      {"mul", elementwise<Multiply>},
      {"div", elementwise<Divide>},
      {"pow", elementwise<Power>},
      {"min", elementwise<Minimum>},
      {"max", elementwise<Maximum>},
      {"less", elementwise<Less>},
      {"less_equal", elementwise<LessEqual>},
      {"equal", elementwise<Equal>},
      {"select", elementwise<Select>},
      {"multiply_add", elementwise<MultiplyAdd>},
  };
  for (const NamedKernel& entry : kKernels) {
    if (entry.name == name) return entry.kernel;
  }
  return nullptr;
}

}  // namespace elbo::cpu::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace elbo::cpu {

HWY_EXPORT(find_elementwise);
TileKernel elementwise_kernel(std::string_view name) {
  return HWY_DYNAMIC_DISPATCH(find_elementwise)(name);
}

HWY_EXPORT(find_chunk);
ChunkKernel chunk_kernel(std::string_view name) {
  return HWY_DYNAMIC_DISPATCH(find_chunk)(name);
}

}  // namespace elbo::cpu
#endif  // HWY_ONCE
