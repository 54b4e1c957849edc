// Counter-based draws.  A draw of shape [..., dim] has one row a leading index.
#include "elbo/engine/cpu/tile_kernels.h"
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo {

namespace {

// integers: {stream, shape...}.
Shape drawn_shape(const OpCall& call) {
  const auto& a = call.attributes.integers;
  return Shape(std::vector<int64_t>(a.begin() + 1, a.end()));
}

template <double (*kDraw)(uint64_t, uint64_t, uint64_t, int64_t, int64_t)>
void reference_draw(const ReferenceCall& call) {
  const int64_t cols = call.node.shape.last(0);
  const auto stream = static_cast<uint64_t>(call.node.attributes.integers[0]);
  for (size_t i = 0; i < call.dst.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    call.dst[i] = kDraw(call.seed, stream, call.step, at / cols, at % cols);
  }
}

Tensor draw(const OpDef& op, Graph& graph, const Shape& shape) {
  Attributes attributes;
  attributes.integers = {graph.next_stream()};
  for (const int64_t extent : shape.dims()) attributes.integers.push_back(extent);
  return graph.add(op, {}, std::move(attributes));
}

}  // namespace

const OpDef kRandomUniform{.name = "random_uniform",
                           .kind = OpKind::kRandom,
                           .shape = drawn_shape,
                           .reference = reference_draw<cpu::reference_uniform>};

const OpDef kRandomNormal{.name = "random_normal",
                          .kind = OpKind::kRandom,
                          .shape = drawn_shape,
                          .reference = reference_draw<cpu::reference_normal>};

Tensor random_uniform(Graph& graph, const Shape& shape) {
  return draw(kRandomUniform, graph, shape);
}
Tensor random_normal(Graph& graph, const Shape& shape) {
  return draw(kRandomNormal, graph, shape);
}

}  // namespace elbo
