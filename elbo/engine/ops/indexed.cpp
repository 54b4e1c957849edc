// Operations that look values up, add them at places, or run along an axis; and the change to real numbers.
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/settings/error.h"

namespace elbo {

namespace {

// An axis splits a shape into outer x extent x inner.
struct Split {
  int64_t outer = 1, extent = 1, inner = 1;
  Split(const Shape& shape, int64_t axis) : extent(shape[static_cast<int>(axis)]) {
    for (int a = 0; a < shape.rank(); ++a) (a < axis ? outer : inner) *= a == axis ? 1 : shape[a];
  }
};

void require_indices(const OpDef& op, Tensor x, Tensor indices) {
  if (indices.dtype() != DType::kI32 || indices.shape().rank() != 1) {
    fail_call(op, x,
              "the indices " + to_string(indices.shape()) + " of " + std::string(name_of(indices.dtype())) +
                  " must be i32 of rank 1");
  }
}

void require_inside(const Node& node, int64_t index, int64_t extent) {
  if (index < 0 || index >= extent) {
    throw DataError(std::string(node.op->name) + (node.scope.empty() ? "" : " at " + node.scope) + ": the index " +
                    std::to_string(index) + " lies outside 0.." + std::to_string(extent - 1));
  }
}

}  // namespace

// integers: {axis}.
const OpDef kGather{.name = "gather",
                    .inputs = {"src", "indices"},
                    .kind = OpKind::kIndexed,
                    .shape =
                        [](const OpCall& call) {
                          Shape result = call.shapes[0];
                          result.set(static_cast<int>(call.attributes.integers[0]), call.shapes[1].elements());
                          return result;
                        },
                    .reference =
                        [](const ReferenceCall& call) {
                          const Split s(call.shapes[0], call.node.attributes.integers[0]);
                          const int64_t count = call.shapes[1].elements();
                          for (int64_t o = 0; o < s.outer; ++o) {
                            for (int64_t j = 0; j < count; ++j) {
                              const auto index = static_cast<int64_t>(call.src[1][static_cast<size_t>(j)]);
                              require_inside(call.node, index, s.extent);
                              for (int64_t i = 0; i < s.inner; ++i) {
                                call.dst[static_cast<size_t>((o * count + j) * s.inner + i)] =
                                    call.src[0][static_cast<size_t>((o * s.extent + index) * s.inner + i)];
                              }
                            }
                          }
                        },
                    .derivative = [](const Differentiated& d) -> Tensors {
                      const int axis = static_cast<int>(d.node.attributes.integers[0]);
                      return {scatter_add(d.grad, d.inputs[1], axis, d.inputs[0].shape()[axis]), Tensor{}};
                    }};

// integers: {axis, size}.
const OpDef kScatterAdd{
    .name = "scatter_add",
    .inputs = {"updates", "indices"},
    .kind = OpKind::kIndexed,
    .shape =
        [](const OpCall& call) {
          const int axis = static_cast<int>(call.attributes.integers[0]);
          if (call.shapes[0][axis] != call.shapes[1].elements()) {
            call.fail("one index is needed for each of the updates along axis " + std::to_string(axis));
          }
          Shape result = call.shapes[0];
          result.set(axis, call.attributes.integers[1]);
          return result;
        },
    .reference =
        [](const ReferenceCall& call) {
          const Split s(call.node.shape, call.node.attributes.integers[0]);
          const int64_t count = call.shapes[1].elements();
          for (double& value : call.dst) value = 0;
          for (int64_t o = 0; o < s.outer; ++o) {
            for (int64_t j = 0; j < count; ++j) {
              const auto index = static_cast<int64_t>(call.src[1][static_cast<size_t>(j)]);
              require_inside(call.node, index, s.extent);
              for (int64_t i = 0; i < s.inner; ++i) {
                call.dst[static_cast<size_t>((o * s.extent + index) * s.inner + i)] +=
                    call.src[0][static_cast<size_t>((o * count + j) * s.inner + i)];
              }
            }
          }
        },
    .derivative = [](const Differentiated& d) -> Tensors {
      return {gather(d.grad, d.inputs[1], static_cast<int>(d.node.attributes.integers[0])), Tensor{}};
    }};

// integers: {axis, exclusive, reverse}.
const OpDef kCumsum{
    .name = "cumsum",
    .inputs = {"src"},
    .kind = OpKind::kIndexed,
    .shape = [](const OpCall& call) { return call.shapes[0]; },
    .reference =
        [](const ReferenceCall& call) {
          const auto& a = call.node.attributes.integers;
          const Split s(call.node.shape, a[0]);
          for (int64_t o = 0; o < s.outer; ++o) {
            for (int64_t i = 0; i < s.inner; ++i) {
              double total = 0;
              for (int64_t j = 0; j < s.extent; ++j) {
                const int64_t place = a[2] != 0 ? s.extent - 1 - j : j;
                const auto at = static_cast<size_t>((o * s.extent + place) * s.inner + i);
                if (a[1] != 0) call.dst[at] = total;
                total += call.src[0][at];
                if (a[1] == 0) call.dst[at] = total;
              }
            }
          }
        },
    .derivative = [](const Differentiated& d) -> Tensors {
      const auto& a = d.node.attributes.integers;
      return {cumsum(d.grad, {.axis = static_cast<int>(a[0]), .exclusive = a[1] != 0, .reverse = a[2] == 0})};
    }};

// integers: {depth}.
const OpDef kOneHot{
    .name = "one_hot",
    .inputs = {"indices"},
    .kind = OpKind::kIndexed,
    .shape = [](const OpCall& call) { return call.shapes[0].with(call.shapes[0].rank(), call.attributes.integers[0]); },
    .reference =
        [](const ReferenceCall& call) {
          const int64_t depth = call.node.attributes.integers[0];
          for (double& value : call.dst) value = 0;
          for (size_t i = 0; i < call.src[0].size(); ++i) {
            const auto index = static_cast<int64_t>(call.src[0][i]);
            require_inside(call.node, index, depth);
            call.dst[i * static_cast<size_t>(depth) + static_cast<size_t>(index)] = 1;
          }
        },
    .derivative = [](const Differentiated&) -> Tensors { return {Tensor{}}; }};

const OpDef kToReal{
    .name = "to_real",
    .inputs = {"src"},
    .kind = OpKind::kIndexed,
    .shape = [](const OpCall& call) { return call.shapes[0]; },
    .reference = [](const ReferenceCall& call) { std::copy(call.src[0].begin(), call.src[0].end(), call.dst.begin()); },
    .derivative = [](const Differentiated&) -> Tensors { return {Tensor{}}; }};

Tensor gather(Tensor x, Tensor indices, int axis) {
  require_real(kGather, x);
  require_indices(kGather, x, indices);
  Attributes attributes;
  attributes.integers = {require_axis(kGather, x, axis)};
  return x.graph().add(kGather, {x, indices}, std::move(attributes));
}

Tensor scatter_add(Tensor updates, Tensor indices, int axis, int64_t size) {
  require_real(kScatterAdd, updates);
  require_indices(kScatterAdd, updates, indices);
  if (size < 0) fail_call(kScatterAdd, updates, "the size " + std::to_string(size) + " must not be negative");
  Attributes attributes;
  attributes.integers = {require_axis(kScatterAdd, updates, axis), size};
  return updates.graph().add(kScatterAdd, {updates, indices}, std::move(attributes));
}

Tensor cumsum(Tensor x, const CumsumOptions& options) {
  Attributes attributes;
  require_real(kCumsum, x);
  attributes.integers = {require_axis(kCumsum, x, options.axis), options.exclusive ? 1 : 0, options.reverse ? 1 : 0};
  return x.graph().add(kCumsum, {x}, std::move(attributes));
}

Tensor one_hot(Tensor indices, int64_t depth) {
  if (indices.dtype() != DType::kI32) {
    fail_call(kOneHot, indices, "takes i32, was given " + std::string(name_of(indices.dtype())));
  }
  if (depth < 0) fail_call(kOneHot, indices, "the depth " + std::to_string(depth) + " must not be negative");
  Attributes attributes;
  attributes.integers = {depth};
  return indices.graph().add(kOneHot, {indices}, std::move(attributes));
}

Tensor to_real(Tensor x) {
  return x.dtype() == DType::kF32 ? x : x.graph().add(kToReal, {x});
}

}  // namespace elbo
