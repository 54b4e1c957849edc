// Element-wise operations of one input.  Derivatives use the output where it serves, so that the input need not be
// kept for the backward pass.
#include <cmath>
#include <numbers>

#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

// A NaN stays one.
double positive_part(double x) {
  return x < 0 ? 0.0 : x;
}
double softplus_of(double x) {
  return positive_part(x) + std::log1p(std::exp(-std::abs(x)));
}
double sigmoid_of(double x) {
  return x >= 0 ? 1 / (1 + std::exp(-x)) : std::exp(x) / (1 + std::exp(x));
}

// 0 and not -inf * 0 far below.
double gelu_of(double x) {
  const double tail = std::erfc(-x / std::numbers::sqrt2);
  return tail == 0 ? 0.0 : x * 0.5 * tail;
}

Tensors no_gradient(const Differentiated&) {
  return {Tensor{}};
}

Tensor apply(const OpDef& op, Tensor x) {
  return x.graph().add(op, {x});
}
Tensor apply(const OpDef& op, Tensor x, double alpha) {
  Attributes attributes;
  attributes.numbers = {alpha};
  return x.graph().add(op, {x}, std::move(attributes));
}

}  // namespace

const OpDef kNeg{.name = "neg",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return -x[0]; },
                 .derivative = [](const Differentiated& d) -> Tensors { return {-d.grad}; }};

const OpDef kAbs{.name = "abs",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::abs(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * sign(d.inputs[0])}; },
                 .test = {.kinks = {0}}};

const OpDef kSign{.name = "sign",
                  .inputs = {"src"},
                  .shape = broadcast_shape,
                  .scalar = [](const double* x, double) { return x[0] > 0   ? 1.0
                                                                 : x[0] < 0 ? -1.0
                                                                            : x[0]; },
                  .derivative = no_gradient,
                  .test = {.kinks = {0}}};

const OpDef kExp{.name = "exp",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::exp(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * d.output}; }};

const OpDef kLog{.name = "log",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::log(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors { return {d.grad / d.inputs[0]}; },
                 .test = {.low = 0.2, .high = 4}};

const OpDef kLog1p{.name = "log1p",
                   .inputs = {"src"},
                   .shape = broadcast_shape,
                   .scalar = [](const double* x, double) { return std::log1p(x[0]); },
                   .derivative = [](const Differentiated& d) -> Tensors { return {d.grad / (1 + d.inputs[0])}; },
                   .test = {.low = -0.7, .high = 4}};

const OpDef kExpm1{.name = "expm1",
                   .inputs = {"src"},
                   .shape = broadcast_shape,
                   .scalar = [](const double* x, double) { return std::expm1(x[0]); },
                   .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * (d.output + 1)}; }};

const OpDef kTanh{.name = "tanh",
                  .inputs = {"src"},
                  .shape = broadcast_shape,
                  .scalar = [](const double* x, double) { return std::tanh(x[0]); },
                  .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * (1 - square(d.output))}; }};

const OpDef kSigmoid{
    .name = "sigmoid",
    .inputs = {"src"},
    .shape = broadcast_shape,
    .scalar = [](const double* x, double) { return sigmoid_of(x[0]); },
    .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * (d.output * (1 - d.output))}; }};

const OpDef kSoftplus{.name = "softplus",
                      .inputs = {"src"},
                      .shape = broadcast_shape,
                      .scalar = [](const double* x, double) { return softplus_of(x[0]); },
                      .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * sigmoid(d.inputs[0])}; }};

const OpDef kLogSigmoid{
    .name = "log_sigmoid",
    .inputs = {"src"},
    .shape = broadcast_shape,
    .scalar = [](const double* x, double) { return -softplus_of(-x[0]); },
    .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * sigmoid(-d.inputs[0])}; }};

const OpDef kRelu{
    .name = "relu",
    .inputs = {"src"},
    .shape = broadcast_shape,
    .scalar = [](const double* x, double) { return positive_part(x[0]); },
    .derivative = [](const Differentiated& d) -> Tensors { return {select(less(0, d.output), d.grad, 0.0)}; },
    .test = {.kinks = {0}}};

const OpDef kLeakyRelu{.name = "leaky_relu",
                       .inputs = {"src"},
                       .shape = broadcast_shape,
                       .scalar = [](const double* x, double slope) { return x[0] > 0 ? x[0] : slope * x[0]; },
                       .derivative = [](const Differentiated& d) -> Tensors {
                         return {select(less(0, d.inputs[0]), d.grad, d.grad * d.node.attributes.numbers[0])};
                       },
                       .test = {.kinks = {0}}};

const OpDef kElu{.name = "elu",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double alpha) { return x[0] > 0 ? x[0] : alpha * std::expm1(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const double alpha = d.node.attributes.numbers[0];
                   const Tensor slope = alpha * exp(minimum(d.inputs[0], 0.0));
                   return {select(less(0, d.inputs[0]), d.grad, d.grad * slope)};
                 },
                 .test = {.kinks = {0}}};

// Phi + x phi, with Phi and phi the standard normal's distribution function and density.
const OpDef kGelu{.name = "gelu",
                  .inputs = {"src"},
                  .shape = broadcast_shape,
                  .scalar = [](const double* x, double) { return gelu_of(x[0]); },
                  .derivative = [](const Differentiated& d) -> Tensors {
                    const Tensor x = d.inputs[0];
                    const Tensor cdf = 0.5 * (1 + erf(x * (1 / std::numbers::sqrt2)));
                    const Tensor density =
                        (0.5 * std::numbers::inv_sqrtpi * std::numbers::sqrt2) * exp(-0.5 * square(x));
                    return {d.grad * (cdf + x * density)};
                  }};

const OpDef kSqrt{.name = "sqrt",
                  .inputs = {"src"},
                  .shape = broadcast_shape,
                  .scalar = [](const double* x, double) { return std::sqrt(x[0]); },
                  .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * 0.5 / d.output}; },
                  .test = {.low = 0.2, .high = 4}};

const OpDef kRsqrt{
    .name = "rsqrt",
    .inputs = {"src"},
    .shape = broadcast_shape,
    .scalar = [](const double* x, double) { return 1 / std::sqrt(x[0]); },
    .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * -0.5 * (d.output * square(d.output))}; },
    .test = {.low = 0.2, .high = 4}};

const OpDef kSquare{.name = "square",
                    .inputs = {"src"},
                    .shape = broadcast_shape,
                    .scalar = [](const double* x, double) { return x[0] * x[0]; },
                    .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * 2 * d.inputs[0]}; }};

const OpDef kReciprocal{.name = "reciprocal",
                        .inputs = {"src"},
                        .shape = broadcast_shape,
                        .scalar = [](const double* x, double) { return 1 / x[0]; },
                        .derivative = [](const Differentiated& d) -> Tensors { return {-(d.grad * square(d.output))}; },
                        .test = {.low = 0.3, .high = 4}};

const OpDef kSin{.name = "sin",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::sin(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors { return {d.grad * cos(d.inputs[0])}; }};

const OpDef kCos{.name = "cos",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::cos(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors { return {-(d.grad * sin(d.inputs[0]))}; }};

const OpDef kErf{.name = "erf",
                 .inputs = {"src"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::erf(x[0]); },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   return {d.grad * (2 * std::numbers::inv_sqrtpi) * exp(-square(d.inputs[0]))};
                 }};

const OpDef kFloor{.name = "floor",
                   .inputs = {"src"},
                   .shape = broadcast_shape,
                   .scalar = [](const double* x, double) { return std::floor(x[0]); },
                   .derivative = no_gradient,
                   .test = {.kinks = {-2, -1, 0, 1, 2}}};

const OpDef kIsFinite{.name = "is_finite",
                      .inputs = {"src"},
                      .shape = broadcast_shape,
                      .scalar = [](const double* x, double) { return std::isfinite(x[0]) ? 1.0 : 0.0; },
                      .derivative = no_gradient};

Tensor operator-(Tensor x) {
  return apply(kNeg, x);
}
Tensor abs(Tensor x) {
  return apply(kAbs, x);
}
Tensor sign(Tensor x) {
  return apply(kSign, x);
}
Tensor exp(Tensor x) {
  return apply(kExp, x);
}
Tensor log(Tensor x) {
  return apply(kLog, x);
}
Tensor log1p(Tensor x) {
  return apply(kLog1p, x);
}
Tensor expm1(Tensor x) {
  return apply(kExpm1, x);
}
Tensor tanh(Tensor x) {
  return apply(kTanh, x);
}
Tensor sigmoid(Tensor x) {
  return apply(kSigmoid, x);
}
Tensor softplus(Tensor x) {
  return apply(kSoftplus, x);
}
Tensor log_sigmoid(Tensor x) {
  return apply(kLogSigmoid, x);
}
Tensor relu(Tensor x) {
  return apply(kRelu, x);
}
Tensor leaky_relu(Tensor x, double slope) {
  return apply(kLeakyRelu, x, slope);
}
Tensor elu(Tensor x, double alpha) {
  return apply(kElu, x, alpha);
}
Tensor gelu(Tensor x) {
  return apply(kGelu, x);
}
Tensor sqrt(Tensor x) {
  return apply(kSqrt, x);
}
Tensor rsqrt(Tensor x) {
  return apply(kRsqrt, x);
}
Tensor square(Tensor x) {
  return apply(kSquare, x);
}
Tensor reciprocal(Tensor x) {
  return apply(kReciprocal, x);
}
Tensor sin(Tensor x) {
  return apply(kSin, x);
}
Tensor cos(Tensor x) {
  return apply(kCos, x);
}
Tensor erf(Tensor x) {
  return apply(kErf, x);
}
Tensor floor(Tensor x) {
  return apply(kFloor, x);
}
Tensor is_finite(Tensor x) {
  return apply(kIsFinite, x);
}

}  // namespace elbo
