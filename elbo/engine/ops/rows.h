// Every row of the table of operations, by the file that defines it.  A new operation adds its row here and in
// registry.cpp.
#pragma once

#include "elbo/engine/graph/source.h"
#include "elbo/engine/op.h"

namespace elbo {

// elementwise_unary.cpp
extern const OpDef kNeg, kAbs, kSign, kExp, kLog, kLog1p, kExpm1, kTanh, kSigmoid, kSoftplus, kLogSigmoid, kRelu,
    kLeakyRelu, kElu, kGelu, kSqrt, kRsqrt, kSquare, kReciprocal, kSin, kCos, kErf, kFloor, kIsFinite;
// elementwise_binary.cpp
extern const OpDef kAdd, kSub, kMul, kDiv, kPow, kMin, kMax, kLess, kLessEqual, kEqual, kSelect;
// reduce.cpp
extern const OpDef kSum, kReduceMax;
// matmul.cpp
extern const OpDef kMatmul;
// move.cpp
extern const OpDef kReshape, kBroadcastTo, kTranspose, kSlice, kConcat, kPad, kReverse, kStopGradient;
// indexed.cpp
extern const OpDef kGather, kScatterAdd, kCumsum, kOneHot, kToReal;
// draw_count.cpp
extern const OpDef kDrawCount;
// random.cpp
extern const OpDef kRandomUniform, kRandomNormal;
// rational_quadratic_spline.cpp
extern const OpDef kRationalQuadraticSpline, kRationalQuadraticSplineGradient;

}  // namespace elbo
