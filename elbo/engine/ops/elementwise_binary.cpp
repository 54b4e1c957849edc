// Element-wise operations of two or three inputs, which broadcast.
#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

Tensors no_gradients(const Differentiated&) {
  return {Tensor{}, Tensor{}};
}

Tensor apply(const OpDef& op, Tensor a, Tensor b) {
  return a.graph().add(op, {a, b});
}
Tensor scalar(Tensor like, double value) {
  return like.graph().constant(value);
}

// exponent * base^(exponent - 1).  At a base of 0 a power that became constant has the slope 0, not 0 * inf: this is
// what the higher derivatives of x^2 run into.
Tensor power_slope(Tensor base, Tensor exponent) {
  const auto& numbers = exponent.graph().node(exponent.id()).attributes.numbers;
  if (exponent.graph().node(exponent.id()).op == &kConstant && !numbers.empty()) {
    const double power = numbers[0];
    return power == 0 ? zeros(base.graph(), base.shape()) : power * pow(base, power - 1);
  }
  const Tensor zero = scalar(base, 0.0);
  const Tensor constant_at_zero = equal(base, zero) * equal(exponent, zero);
  return exponent * pow(base, exponent - 1 + constant_at_zero);
}

}  // namespace

const OpDef kAdd{.name = "add",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return x[0] + x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   return {d.grad, d.grad};
                 }};

const OpDef kSub{.name = "sub",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return x[0] - x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   return {d.grad, -d.grad};
                 }};

const OpDef kMul{.name = "mul",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return x[0] * x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   return {d.grad * d.inputs[1], d.grad * d.inputs[0]};
                 }};

const OpDef kDiv{.name = "div",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return x[0] / x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const Tensor by_a = d.grad / d.inputs[1];
                   return {by_a, -(by_a * d.output)};
                 },
                 .test = {.low = 0.3, .high = 3}};

const OpDef kPow{.name = "pow",
                 .inputs = {"base", "exponent"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::pow(x[0], x[1]); },
                 // The gradient by the exponent is that of a positive base; 0 where the base is not positive.
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const Tensor base = d.inputs[0], exponent = d.inputs[1];
                   const Tensor positive = less(0, base);
                   const Tensor log_base = log(select(positive, base, 1.0));
                   return {d.grad * power_slope(base, exponent), d.grad * (select(positive, d.output, 0.0) * log_base)};
                 },
                 .test = {.low = 0.3, .high = 3}};

const OpDef kMin{.name = "min",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::isnan(x[0]) || x[0] < x[1] ? x[0] : x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const Tensor first = less_equal(d.inputs[0], d.inputs[1]);
                   return {select(first, d.grad, 0.0), select(first, 0.0, d.grad)};
                 }};

const OpDef kMax{.name = "max",
                 .inputs = {"a", "b"},
                 .shape = broadcast_shape,
                 .scalar = [](const double* x, double) { return std::isnan(x[0]) || x[0] > x[1] ? x[0] : x[1]; },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const Tensor second = less(d.inputs[0], d.inputs[1]);
                   return {select(second, 0.0, d.grad), select(second, d.grad, 0.0)};
                 }};

const OpDef kLess{.name = "less",
                  .inputs = {"a", "b"},
                  .shape = broadcast_shape,
                  .scalar = [](const double* x, double) { return x[0] < x[1] ? 1.0 : 0.0; },
                  .derivative = no_gradients};

const OpDef kLessEqual{.name = "less_equal",
                       .inputs = {"a", "b"},
                       .shape = broadcast_shape,
                       .scalar = [](const double* x, double) { return x[0] <= x[1] ? 1.0 : 0.0; },
                       .derivative = no_gradients};

const OpDef kEqual{.name = "equal",
                   .inputs = {"a", "b"},
                   .shape = broadcast_shape,
                   .scalar = [](const double* x, double) { return x[0] == x[1] ? 1.0 : 0.0; },
                   .derivative = no_gradients};

const OpDef kSelect{.name = "select",
                    .inputs = {"condition", "where_true", "where_false"},
                    .shape = broadcast_shape,
                    .scalar = [](const double* x, double) { return x[0] != 0 ? x[1] : x[2]; },
                    .derivative = [](const Differentiated& d) -> Tensors {
                      return {Tensor{}, select(d.inputs[0], d.grad, 0.0), select(d.inputs[0], 0.0, d.grad)};
                    },
                    .test = {.kinks = {0}}};

Tensor operator+(Tensor a, Tensor b) {
  return apply(kAdd, a, b);
}
Tensor operator-(Tensor a, Tensor b) {
  return apply(kSub, a, b);
}
Tensor operator*(Tensor a, Tensor b) {
  return apply(kMul, a, b);
}
Tensor operator/(Tensor a, Tensor b) {
  return apply(kDiv, a, b);
}
Tensor pow(Tensor base, Tensor exponent) {
  return apply(kPow, base, exponent);
}
Tensor minimum(Tensor a, Tensor b) {
  return apply(kMin, a, b);
}
Tensor maximum(Tensor a, Tensor b) {
  return apply(kMax, a, b);
}
Tensor less(Tensor a, Tensor b) {
  return apply(kLess, a, b);
}
Tensor less_equal(Tensor a, Tensor b) {
  return apply(kLessEqual, a, b);
}
Tensor equal(Tensor a, Tensor b) {
  return apply(kEqual, a, b);
}

Tensor operator+(Tensor a, double b) {
  return a + scalar(a, b);
}
Tensor operator+(double a, Tensor b) {
  return scalar(b, a) + b;
}
Tensor operator-(Tensor a, double b) {
  return a - scalar(a, b);
}
Tensor operator-(double a, Tensor b) {
  return scalar(b, a) - b;
}
Tensor operator*(Tensor a, double b) {
  return a * scalar(a, b);
}
Tensor operator*(double a, Tensor b) {
  return scalar(b, a) * b;
}
Tensor operator/(Tensor a, double b) {
  return a / scalar(a, b);
}
Tensor operator/(double a, Tensor b) {
  return scalar(b, a) / b;
}
Tensor pow(Tensor base, double exponent) {
  return pow(base, scalar(base, exponent));
}
Tensor minimum(Tensor a, double b) {
  return minimum(a, scalar(a, b));
}
Tensor maximum(Tensor a, double b) {
  return maximum(a, scalar(a, b));
}
Tensor less(Tensor a, double b) {
  return less(a, scalar(a, b));
}
Tensor less(double a, Tensor b) {
  return less(scalar(b, a), b);
}
Tensor less_equal(Tensor a, double b) {
  return less_equal(a, scalar(a, b));
}
Tensor less_equal(double a, Tensor b) {
  return less_equal(scalar(b, a), b);
}

Tensor select(Tensor condition, Tensor where_true, Tensor where_false) {
  return condition.graph().add(kSelect, {condition, where_true, where_false});
}
Tensor select(Tensor condition, Tensor where_true, double where_false) {
  return select(condition, where_true, scalar(condition, where_false));
}
Tensor select(Tensor condition, double where_true, Tensor where_false) {
  return select(condition, scalar(condition, where_true), where_false);
}
Tensor clamp(Tensor x, double low, double high) {
  return minimum(maximum(x, low), high);
}

}  // namespace elbo
