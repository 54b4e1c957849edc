// Operations that move values without changing them.
#include <numeric>

#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {

// Calls f(flat index, multi-index) for every element of a shape in order.
template <typename F>
void for_each_index(const Shape& shape, F&& f) {
  std::vector<int64_t> index(static_cast<size_t>(shape.rank()), 0);
  for (int64_t i = 0; i < shape.elements(); ++i) {
    f(static_cast<size_t>(i), index);
    for (int axis = shape.rank() - 1; axis >= 0; --axis) {
      if (++index[static_cast<size_t>(axis)] < shape[axis]) break;
      index[static_cast<size_t>(axis)] = 0;
    }
  }
}

void copy_all(const ReferenceCall& call) {
  std::copy(call.src[0].begin(), call.src[0].end(), call.dst.begin());
}

// The node of an operation whose integers are the shape of its result.
Tensor to_shape(const OpDef& op, Tensor x, const Shape& shape) {
  Attributes attributes;
  attributes.integers = shape.dims();
  return x.graph().add(op, {x}, std::move(attributes));
}

}  // namespace

// integers: the new shape.
const OpDef kReshape{
    .name = "reshape",
    .inputs = {"src"},
    .kind = OpKind::kMove,
    .shape =
        [](const OpCall& call) {
          const Shape result(call.attributes.integers);
          if (result.elements() != call.shapes[0].elements()) {
            call.fail("cannot become " + to_string(result) + ", which has another element count");
          }
          return result;
        },
    .reference = copy_all,
    .derivative = [](const Differentiated& d) -> Tensors { return {reshape(d.grad, d.inputs[0].shape())}; }};

// integers: the new shape.
const OpDef kBroadcastTo{.name = "broadcast_to",
                         .inputs = {"src"},
                         .kind = OpKind::kMove,
                         .shape =
                             [](const OpCall& call) {
                               const Shape result(call.attributes.integers);
                               if (broadcast(call.shapes[0], result) != result) {
                                 call.fail("does not broadcast to " + to_string(result));
                               }
                               return result;
                             },
                         .reference =
                             [](const ReferenceCall& call) {
                               const Shape& from = call.shapes[0];
                               const std::vector<int64_t> strides = from.strides();
                               const int extra = call.node.shape.rank() - from.rank();
                               for_each_index(call.node.shape, [&](size_t i, const std::vector<int64_t>& index) {
                                 int64_t source = 0;
                                 for (int axis = 0; axis < from.rank(); ++axis) {
                                   if (from[axis] != 1) {
                                     source +=
                                         index[static_cast<size_t>(axis + extra)] * strides[static_cast<size_t>(axis)];
                                   }
                                 }
                                 call.dst[i] = call.src[0][static_cast<size_t>(source)];
                               });
                             },
                         .derivative = [](const Differentiated& d) -> Tensors { return {d.grad}; }};

// integers: axis `a` of the result is axis integers[a] of the source.
const OpDef kTranspose{.name = "transpose",
                       .inputs = {"src"},
                       .kind = OpKind::kMove,
                       .shape =
                           [](const OpCall& call) {
                             const auto& permutation = call.attributes.integers;
                             const Shape& from = call.shapes[0];
                             std::vector<bool> seen(static_cast<size_t>(from.rank()), false);
                             if (permutation.size() != seen.size()) call.fail("the permutation has another rank");
                             Shape result = from;
                             for (int axis = 0; axis < from.rank(); ++axis) {
                               const int64_t source = permutation[static_cast<size_t>(axis)];
                               if (source < 0 || source >= from.rank() || seen[static_cast<size_t>(source)]) {
                                 call.fail("the axes given are no permutation");
                               }
                               seen[static_cast<size_t>(source)] = true;
                               result.set(axis, from[static_cast<int>(source)]);
                             }
                             return result;
                           },
                       .reference =
                           [](const ReferenceCall& call) {
                             const std::vector<int64_t> strides = call.shapes[0].strides();
                             const auto& permutation = call.node.attributes.integers;
                             for_each_index(call.node.shape, [&](size_t i, const std::vector<int64_t>& index) {
                               int64_t source = 0;
                               for (size_t axis = 0; axis < index.size(); ++axis) {
                                 source += index[axis] * strides[static_cast<size_t>(permutation[axis])];
                               }
                               call.dst[i] = call.src[0][static_cast<size_t>(source)];
                             });
                           },
                       .derivative = [](const Differentiated& d) -> Tensors {
                         const auto& permutation = d.node.attributes.integers;
                         std::vector<int> inverse(permutation.size());
                         for (size_t axis = 0; axis < inverse.size(); ++axis) {
                           inverse[static_cast<size_t>(permutation[axis])] = static_cast<int>(axis);
                         }
                         return {transpose(d.grad, inverse)};
                       }};

// integers: {axis, start, stop, step}, step above 0.
const OpDef kSlice{.name = "slice",
                   .inputs = {"src"},
                   .kind = OpKind::kMove,
                   .shape =
                       [](const OpCall& call) {
                         const auto& a = call.attributes.integers;
                         const int axis = static_cast<int>(a[0]);
                         Shape result = call.shapes[0];
                         if (a[1] < 0 || a[2] < a[1] || a[2] > result[axis] || a[3] < 1) {
                           call.fail("no slice " + std::to_string(a[1]) + ":" + std::to_string(a[2]) + ":" +
                                     std::to_string(a[3]) + " along axis " + std::to_string(axis));
                         }
                         result.set(axis, (a[2] - a[1] + a[3] - 1) / a[3]);
                         return result;
                       },
                   .reference =
                       [](const ReferenceCall& call) {
                         const auto& a = call.node.attributes.integers;
                         const std::vector<int64_t> strides = call.shapes[0].strides();
                         for_each_index(call.node.shape, [&](size_t i, const std::vector<int64_t>& index) {
                           int64_t source = a[1] * strides[static_cast<size_t>(a[0])];
                           for (size_t axis = 0; axis < index.size(); ++axis) {
                             source += index[axis] * strides[axis] * (static_cast<int64_t>(axis) == a[0] ? a[3] : 1);
                           }
                           call.dst[i] = call.src[0][static_cast<size_t>(source)];
                         });
                       },
                   // Zeros around the gradient, and between its entries where the slice stepped over some.
                   .derivative = [](const Differentiated& d) -> Tensors {
                     const auto& a = d.node.attributes.integers;
                     const int axis = static_cast<int>(a[0]);
                     const int64_t extent = d.inputs[0].shape()[axis], count = d.output.shape()[axis];
                     Tensor grad = d.grad;
                     int64_t covered = count;
                     if (a[3] > 1 && count > 0) {
                       const Shape flat = d.output.shape();
                       grad = pad(reshape(grad, flat.with(axis + 1, 1)), {.axis = axis + 1, .after = a[3] - 1});
                       covered = count * a[3];
                       Shape merged = flat;
                       merged.set(axis, covered);
                       grad = reshape(grad, merged);
                       const int64_t room = extent - a[1];
                       if (covered > room) grad = slice(grad, {.axis = axis, .start = 0, .stop = covered = room});
                     }
                     return {pad(grad, {.axis = axis, .before = a[1], .after = extent - a[1] - covered})};
                   }};

// integers: {axis}.
const OpDef kConcat{
    .name = "concat",
    .inputs = {"part"},
    .kind = OpKind::kMove,
    .variadic = true,
    .shape =
        [](const OpCall& call) {
          const int axis = static_cast<int>(call.attributes.integers[0]);
          Shape result = call.shapes[0];
          int64_t total = 0;
          for (const Shape& part : call.shapes) {
            if (part.rank() != result.rank() || axis >= part.rank() || part.without(axis) != result.without(axis)) {
              call.fail("the parts differ outside axis " + std::to_string(axis));
            }
            total += part[axis];
          }
          result.set(axis, total);
          return result;
        },
    .reference =
        [](const ReferenceCall& call) {
          const auto axis = static_cast<size_t>(call.node.attributes.integers[0]);
          const std::vector<int64_t> strides = call.node.shape.strides();
          int64_t offset = 0;
          for (size_t part = 0; part < call.src.size(); ++part) {
            for_each_index(call.shapes[part], [&](size_t i, const std::vector<int64_t>& index) {
              int64_t target = offset * strides[axis];
              for (size_t a = 0; a < index.size(); ++a) target += index[a] * strides[a];
              call.dst[static_cast<size_t>(target)] = call.src[part][i];
            });
            offset += call.shapes[part][static_cast<int>(axis)];
          }
        },
    .derivative = [](const Differentiated& d) -> Tensors {
      const int axis = static_cast<int>(d.node.attributes.integers[0]);
      std::vector<int64_t> sizes;
      for (const Tensor part : d.inputs) sizes.push_back(part.shape()[axis]);
      return split(d.grad, sizes, axis);
    }};

// integers: {axis, before, after}; numbers: {value}.
const OpDef kPad{.name = "pad",
                 .inputs = {"src"},
                 .kind = OpKind::kMove,
                 .shape =
                     [](const OpCall& call) {
                       const auto& a = call.attributes.integers;
                       if (a[1] < 0 || a[2] < 0) call.fail("padding must not be negative");
                       Shape result = call.shapes[0];
                       result.set(static_cast<int>(a[0]), result[static_cast<int>(a[0])] + a[1] + a[2]);
                       return result;
                     },
                 .reference =
                     [](const ReferenceCall& call) {
                       const auto& a = call.node.attributes.integers;
                       const std::vector<int64_t> strides = call.node.shape.strides();
                       for (double& value : call.dst) value = call.node.attributes.numbers[0];
                       for_each_index(call.shapes[0], [&](size_t i, const std::vector<int64_t>& index) {
                         int64_t target = a[1] * strides[static_cast<size_t>(a[0])];
                         for (size_t axis = 0; axis < index.size(); ++axis) target += index[axis] * strides[axis];
                         call.dst[static_cast<size_t>(target)] = call.src[0][i];
                       });
                     },
                 .derivative = [](const Differentiated& d) -> Tensors {
                   const auto& a = d.node.attributes.integers;
                   const int axis = static_cast<int>(a[0]);
                   return {slice(d.grad, {.axis = axis, .start = a[1], .stop = a[1] + d.inputs[0].shape()[axis]})};
                 }};

// integers: {axis}.
const OpDef kReverse{.name = "reverse",
                     .inputs = {"src"},
                     .kind = OpKind::kMove,
                     .shape = [](const OpCall& call) { return call.shapes[0]; },
                     .reference =
                         [](const ReferenceCall& call) {
                           const auto axis = static_cast<size_t>(call.node.attributes.integers[0]);
                           const std::vector<int64_t> strides = call.node.shape.strides();
                           for_each_index(call.node.shape, [&](size_t i, const std::vector<int64_t>& index) {
                             const int64_t last = call.node.shape[static_cast<int>(axis)] - 1;
                             const int64_t source = static_cast<int64_t>(i) + (last - 2 * index[axis]) * strides[axis];
                             call.dst[i] = call.src[0][static_cast<size_t>(source)];
                           });
                         },
                     .derivative = [](const Differentiated& d) -> Tensors {
                       return {reverse(d.grad, static_cast<int>(d.node.attributes.integers[0]))};
                     }};

const OpDef kStopGradient{.name = "stop_gradient",
                          .inputs = {"src"},
                          .kind = OpKind::kMove,
                          .shape = [](const OpCall& call) { return call.shapes[0]; },
                          .reference = copy_all,
                          .derivative = [](const Differentiated&) -> Tensors { return {Tensor{}}; }};

Tensor reshape(Tensor x, const Shape& shape) {
  return x.shape() == shape ? x : to_shape(kReshape, x, shape);
}

Tensor broadcast_to(Tensor x, const Shape& shape) {
  return x.shape() == shape ? x : to_shape(kBroadcastTo, x, shape);
}

Tensor transpose(Tensor x, const std::vector<int>& permutation) {
  Attributes attributes;
  for (const int axis : permutation) attributes.integers.push_back(require_axis(kTranspose, x, axis));
  return x.graph().add(kTranspose, {x}, std::move(attributes));
}

Tensor transpose(Tensor x) {
  std::vector<int> permutation(static_cast<size_t>(x.shape().rank()));
  for (size_t axis = 0; axis < permutation.size(); ++axis) permutation[axis] = static_cast<int>(axis);
  if (permutation.size() >= 2) std::swap(permutation[permutation.size() - 1], permutation[permutation.size() - 2]);
  return transpose(x, permutation);
}

Tensor slice(Tensor x, const SliceRange& range) {
  const int axis = require_axis(kSlice, x, range.axis);
  if (range.start == 0 && range.stop == x.shape()[axis] && range.step == 1) return x;
  Attributes attributes;
  attributes.integers = {axis, range.start, range.stop, range.step};
  return x.graph().add(kSlice, {x}, std::move(attributes));
}

Tensor concat(const Tensors& parts, int axis) {
  if (parts.empty()) throw ShapeError("concat: no parts given");
  if (parts.size() == 1) return parts[0];
  Attributes attributes;
  attributes.integers = {require_axis(kConcat, parts[0], axis)};
  return parts[0].graph().add(kConcat, parts, std::move(attributes));
}

Tensor pad(Tensor x, const Padding& padding) {
  if (padding.before == 0 && padding.after == 0) return x;
  require_real(kPad, x);
  Attributes attributes;
  attributes.integers = {require_axis(kPad, x, padding.axis), padding.before, padding.after};
  attributes.numbers = {padding.value};
  return x.graph().add(kPad, {x}, std::move(attributes));
}

Tensor reverse(Tensor x, int axis) {
  Attributes attributes;
  attributes.integers = {require_axis(kReverse, x, axis)};
  return x.graph().add(kReverse, {x}, std::move(attributes));
}

Tensor repeat_rows(Tensor x, int64_t samples) {
  if (x.shape().rank() == 0) fail_call(kBroadcastTo, x, "repeat_rows takes at least one axis");
  if (samples == 1) return x;
  Shape merged = x.shape();
  merged.set(0, samples * merged[0]);
  return reshape(broadcast_to(x, x.shape().with(0, samples)), merged);
}

std::vector<Tensor> split(Tensor x, const std::vector<int64_t>& sizes, int axis) {
  std::vector<Tensor> parts;
  int64_t start = 0;
  const int64_t total = std::accumulate(sizes.begin(), sizes.end(), int64_t{0});
  if (total != x.shape()[require_axis(kSlice, x, axis)]) {
    fail_call(kSlice, x,
              "the parts of a split along axis " + std::to_string(axis) + " have " + std::to_string(total) +
                  " indices in all");
  }
  for (const int64_t size : sizes) {
    parts.push_back(slice(x, {.axis = axis, .start = start, .stop = start + size}));
    start += size;
  }
  return parts;
}

Tensor stop_gradient(Tensor x) {
  return x.graph().add(kStopGradient, {x});
}
Tensor zeros(Graph& graph, const Shape& shape) {
  return broadcast_to(graph.constant(0.0), shape);
}
Tensor ones(Graph& graph, const Shape& shape) {
  return broadcast_to(graph.constant(1.0), shape);
}

}  // namespace elbo
