#include "elbo/engine/cpu/op_table.h"

#include <stdexcept>
#include <string>
#include <unordered_map>

#include "elbo/engine/cpu/kernels/partial_products.h"
#include "elbo/engine/cpu/lower/emit.h"
#include "elbo/engine/cpu/schedule/describe.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {

namespace {

// By the kernel of the same name.
OpOnCpu elementwise(const OpDef& op) {
  return {.op = &op, .describe = describe_elementwise, .emit = emit_elementwise, .kernel = op.name};
}

OpOnCpu cheap(const OpDef& op) {
  OpOnCpu row = elementwise(op);
  row.cheap = true;
  return row;
}

// Made at first use: the names are those of the rows of other files.
const std::vector<OpOnCpu>& table() {
  // clang-format off
  static const std::vector<OpOnCpu> rows = {
      {.op = &kInput, .describe = describe_source},
      {.op = &kVariable, .describe = describe_source},
      {.op = &kConstant, .describe = describe_source},
      {.op = &kStep, .describe = describe_source},

      cheap(kNeg), cheap(kAbs), cheap(kSquare), cheap(kRelu),
      elementwise(kSign), elementwise(kExp), elementwise(kLog), elementwise(kLog1p), elementwise(kExpm1),
      elementwise(kTanh), elementwise(kSigmoid), elementwise(kSoftplus), elementwise(kLogSigmoid),
      elementwise(kLeakyRelu), elementwise(kElu), elementwise(kGelu), elementwise(kSqrt), elementwise(kRsqrt),
      elementwise(kReciprocal), elementwise(kSin), elementwise(kCos), elementwise(kErf), elementwise(kFloor),
      elementwise(kIsFinite),

      cheap(kAdd), cheap(kSub), cheap(kMul), cheap(kDiv), cheap(kMin), cheap(kMax), cheap(kLess), cheap(kLessEqual),
      cheap(kSelect),
      elementwise(kPow), elementwise(kEqual),

      {.op = &kSum, .describe = describe_sum, .emit = emit_sum, .general = &kGeneralSum},
      {.op = &kReduceMax, .describe = describe_max, .emit = emit_max, .general = &kGeneralMax},

      {.op = &kMatmul, .describe = describe_matmul, .general = &kGeneralMatmul},
      {.op = &kPartialProducts, .describe = describe_general, .general = &kGeneralPartialProducts},

      {.op = &kReshape, .describe = describe_reshape},
      {.op = &kStopGradient, .describe = describe_stop_gradient},
      {.op = &kBroadcastTo, .describe = describe_broadcast, .emit = emit_elementwise, .general = &kGeneralBroadcast,
       .kernel = "copy"},
      {.op = &kTranspose, .describe = describe_general, .general = &kGeneralTranspose},
      {.op = &kSlice, .describe = describe_slice, .emit = emit_slice, .general = &kGeneralSlice, .cheap = true},
      {.op = &kReverse, .describe = describe_move, .emit = emit_reverse, .general = &kGeneralReverse},
      {.op = &kConcat, .describe = describe_move, .emit = emit_concat, .general = &kGeneralConcat},
      {.op = &kPad, .describe = describe_move, .emit = emit_pad, .general = &kGeneralPad},

      {.op = &kGather, .describe = describe_general, .general = &kGeneralGather},
      {.op = &kScatterAdd, .describe = describe_general, .general = &kGeneralScatterAdd},
      {.op = &kOneHot, .describe = describe_general, .general = &kGeneralOneHot},
      {.op = &kCumsum, .describe = describe_cumsum, .emit = emit_cumsum, .general = &kGeneralCumsum},
      {.op = &kDrawCount, .describe = describe_general, .general = &kGeneralDrawCount},
      {.op = &kToReal, .describe = describe_to_real, .emit = emit_to_real},

      {.op = &kRandomUniform, .describe = describe_random, .emit = emit_uniform},
      {.op = &kRandomNormal, .describe = describe_random, .emit = emit_normal},

      {.op = &kRationalQuadraticSpline, .describe = describe_rows, .emit = emit_rows,
       .row_kernel = rational_quadratic_kernel},
      {.op = &kRationalQuadraticSplineGradient, .describe = describe_rows, .emit = emit_rows,
       .row_kernel = rational_quadratic_gradient_kernel},
  };
  // clang-format on
  return rows;
}

}  // namespace

std::span<const OpOnCpu> all_on_cpu() {
  return table();
}

const OpOnCpu& on_cpu(const OpDef& op) {
  static const std::unordered_map<const OpDef*, const OpOnCpu*> by_op = [] {
    std::unordered_map<const OpDef*, const OpOnCpu*> map;
    for (const OpOnCpu& row : table()) map.emplace(row.op, &row);
    return map;
  }();
  const auto found = by_op.find(&op);
  if (found == by_op.end()) throw std::logic_error("the CPU has no way to run " + std::string(op.name));
  return *found->second;
}

}  // namespace elbo::cpu
