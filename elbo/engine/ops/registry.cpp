#include <unordered_map>

#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {
// clang-format off
const OpDef* const kOps[] = {
    &kInput, &kVariable, &kConstant, &kStep,
    &kNeg, &kAbs, &kSign, &kExp, &kLog, &kLog1p, &kExpm1, &kTanh, &kSigmoid, &kSoftplus, &kLogSigmoid, &kRelu,
    &kLeakyRelu, &kElu, &kGelu, &kSqrt, &kRsqrt, &kSquare, &kReciprocal, &kSin, &kCos, &kErf, &kFloor, &kIsFinite,
    &kAdd, &kSub, &kMul, &kDiv, &kPow, &kMin, &kMax, &kLess, &kLessEqual, &kEqual, &kSelect,
    &kSum, &kReduceMax,
    &kMatmul,
    &kReshape, &kBroadcastTo, &kTranspose, &kSlice, &kConcat, &kPad, &kReverse, &kStopGradient,
    &kGather, &kScatterAdd, &kCumsum, &kOneHot, &kToReal, &kDrawCount,
    &kRandomUniform, &kRandomNormal,
    &kRationalQuadraticSpline, &kRationalQuadraticSplineGradient,
};
// clang-format on
}  // namespace

std::span<const OpDef* const> all_ops() {
  return kOps;
}

const OpDef* find_op(std::string_view name) {
  static const auto* const kByName = [] {
    auto* map = new std::unordered_map<std::string_view, const OpDef*>;
    for (const OpDef* op : kOps) map->emplace(op->name, op);
    return map;
  }();
  const auto found = kByName->find(name);
  return found == kByName->end() ? nullptr : found->second;
}

}  // namespace elbo
