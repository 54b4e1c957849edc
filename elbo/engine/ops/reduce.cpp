// Reductions.  The primitives keep the reduced axes with extent 1; dropping them is a reshape.
#include <cmath>
#include <limits>

#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

// integers: the axes, ascending.
Shape reduced_shape(const OpCall& call) {
  Shape result = call.shapes[0];
  for (const int64_t axis : call.attributes.integers) result.set(static_cast<int>(axis), 1);
  return result;
}

// Calls f(index into src, index into dst) for every element of src in order.
template <typename F>
void for_each_reduced(const ReferenceCall& call, F&& f) {
  const Shape& shape = call.shapes[0];
  const std::vector<int64_t> strides = call.node.shape.strides();
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  for (int64_t i = 0; i < shape.elements(); ++i) {
    int64_t target = 0;
    for (int axis = 0; axis < shape.rank(); ++axis) {
      if (call.node.shape[axis] != 1) target += index[static_cast<size_t>(axis)] * strides[static_cast<size_t>(axis)];
    }
    f(static_cast<size_t>(i), static_cast<size_t>(target));
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (++index[static_cast<size_t>(axis)] < shape[axis]) break;
      index[static_cast<size_t>(axis)] = 0;
    }
  }
}

Tensor reduce(const OpDef& op, Tensor x, const Reduce& options) {
  std::vector<bool> reduced(static_cast<size_t>(x.shape().rank()), options.axes.empty());
  for (const int axis : options.axes) reduced[static_cast<size_t>(require_axis(op, x, axis))] = true;
  Attributes attributes;
  std::vector<int64_t> left;
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    if (reduced[static_cast<size_t>(axis)]) {
      if (x.shape()[axis] != 1) attributes.integers.push_back(axis);  // one value is its own sum and maximum
    } else {
      left.push_back(x.shape()[axis]);
    }
  }
  const Tensor kept = attributes.integers.empty() ? x : x.graph().add(op, {x}, std::move(attributes));
  return options.keep ? kept : reshape(kept, Shape(left));
}

int64_t reduced_count(Tensor x, Tensor result) {
  const int64_t left = result.shape().elements();
  return left == 0 ? 1 : x.shape().elements() / left;  // no results: any count serves
}

}  // namespace

const OpDef kSum{
    .name = "sum",
    .inputs = {"src"},
    .kind = OpKind::kReduce,
    .shape = reduced_shape,
    .reference =
        [](const ReferenceCall& call) {
          for (double& value : call.dst) value = 0;
          for_each_reduced(call, [&](size_t from, size_t to) { call.dst[to] += call.src[0][from]; });
        },
    .derivative = [](const Differentiated& d) -> Tensors { return {broadcast_to(d.grad, d.inputs[0].shape())}; }};

// Where several elements share the maximum, the gradient is shared in equal parts.
const OpDef kReduceMax{.name = "reduce_max",
                       .inputs = {"src"},
                       .kind = OpKind::kReduce,
                       .shape = reduced_shape,
                       .reference =
                           [](const ReferenceCall& call) {
                             for (double& value : call.dst) value = -std::numeric_limits<double>::infinity();
                             for_each_reduced(call, [&](size_t from, size_t to) {
                               const double value = call.src[0][from];
                               if (value > call.dst[to] || std::isnan(value)) call.dst[to] = value;
                             });
                           },
                       .derivative = [](const Differentiated& d) -> Tensors {
                         std::vector<int> axes(d.node.attributes.integers.begin(), d.node.attributes.integers.end());
                         const Tensor is_max = equal(d.inputs[0], d.output);
                         return {is_max * (d.grad / sum(is_max, {.axes = axes, .keep = true}))};
                       }};

Tensor sum(Tensor x, const Reduce& options) {
  return reduce(kSum, x, options);
}

Tensor mean(Tensor x, const Reduce& options) {
  const Tensor total = sum(x, options);
  return total * (1.0 / static_cast<double>(reduced_count(x, total)));
}

Tensor reduce_max(Tensor x, const Reduce& options) {
  return reduce(kReduceMax, x, options);
}
Tensor reduce_min(Tensor x, const Reduce& options) {
  return -reduce_max(-x, options);
}

Tensor log_sum_exp(Tensor x, const Reduce& options) {
  // The shift is a constant to the derivative, and 0 where the maximum is infinite: inf - inf would be NaN.
  const Tensor top = stop_gradient(reduce_max(x, {.axes = options.axes, .keep = true}));
  const Tensor shift = select(is_finite(top), top, 0.0);
  const Tensor kept = log(sum(exp(x - shift), {.axes = options.axes, .keep = true})) + shift;
  return options.keep ? kept : sum(kept, options);  // a sum over extents of 1 drops them
}

Tensor log_mean_exp(Tensor x, const Reduce& options) {
  const Tensor total = log_sum_exp(x, options);
  return total - std::log(static_cast<double>(reduced_count(x, total)));
}

Tensor dot(Tensor a, Tensor b) {
  return sum(a * b, {.axes = {-1}, .keep = true});
}

Tensor sum_to(Tensor x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const int extra = x.shape().rank() - shape.rank();
  std::vector<int> axes;
  for (int axis = 0; axis < x.shape().rank(); ++axis) {
    if (axis < extra || (shape[axis - extra] == 1 && x.shape()[axis] != 1)) axes.push_back(axis);
  }
  return reshape(axes.empty() ? x : sum(x, {.axes = axes, .keep = true}), shape);
}

}  // namespace elbo
