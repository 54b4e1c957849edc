// OpDef: one primitive operation in one row.  Everything that asks "is it element-wise", "what is its derivative",
// "where is it smooth" reads the row; ops/registry.cpp lists the rows.  Composite functions (ops.h) are plain
// functions over primitives.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo {

enum class OpKind : uint8_t {
  kSource,       // no inputs: input, variable, constant, step
  kRandom,       // counter-based draws
  kElementwise,  // one value out of one value of each input, inputs broadcast
  kReduce,       // over the axes in integers, which stay with extent 1
  kMatmul,
  kMove,     // values are moved, not changed: reshape, transpose, slice, ...
  kIndexed,  // gather, scatter_add, one_hot, cumsum, draw_count
  kRows,     // each row of the result, along the last axis, out of the same row of each input
};

// What a shape rule sees.
struct OpCall {
  const OpDef& op;
  std::span<const Shape> shapes;
  const Attributes& attributes;
  const std::string& scope;

  // Throws ShapeError "tanh at encoder.1: src [2, 3] and ...: <reason>".
  [[noreturn]] void fail(const std::string& reason) const;
};

// What a derivative sees: gradient of the loss by the output in, gradients by the inputs out (an undefined tensor is
// zero).  Gradients by broadcast inputs may keep the output's shape: the reverse walk sums them.
struct Differentiated {
  const Node& node;
  Tensors inputs;
  Tensor output;
  Tensor grad;
};

// What a reference kernel sees: values as doubles, row-major (integers and bytes too).
struct ReferenceCall {
  const Node& node;
  std::vector<std::span<const double>> src;
  std::vector<Shape> shapes;  // of src
  std::span<double> dst;
  uint64_t seed = 0;
  uint64_t step = 0;
};

// Where tests draw the inputs of an operation, and how near its kinks they may come.
struct TestDomain {
  double low = -2.0;
  double high = 2.0;
  std::vector<double> kinks;  // of the first input; draws keep away from them
};

struct OpDef {
  std::string_view name;
  std::vector<std::string_view> inputs;  // names for messages; the last one repeats when `variadic`
  OpKind kind = OpKind::kElementwise;
  bool variadic = false;
  Shape (*shape)(const OpCall&) = nullptr;
  // Exactly one of the two: a function of one element of each input (and the number attribute, 0 if none), or of all.
  double (*scalar)(const double* x, double alpha) = nullptr;
  void (*reference)(const ReferenceCall&) = nullptr;
  Tensors (*derivative)(const Differentiated&) = nullptr;  // null: not differentiable (reported when asked for)
  TestDomain test{};
};

// All rows, and the row of a name (nullptr if there is none).
std::span<const OpDef* const> all_ops();
const OpDef* find_op(std::string_view name);

// Shape rule of element-wise operations.
Shape broadcast_shape(const OpCall& call);

// For functions that must look at `x` before they add a node: throws ShapeError in the name of the operation; an axis
// in [-rank, rank) as one in [0, rank), or that error.
[[noreturn]] void fail_call(const OpDef& op, Tensor x, const std::string& reason);
int require_axis(const OpDef& op, Tensor x, int axis);
void require_real(const OpDef& op, Tensor x);

}  // namespace elbo
