// Counter-based draws.  A draw of shape [..., dim] has one row a leading index.
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"
#include "elbo/engine/random/draws.h"

namespace elbo {

namespace {

// integers: {stream, shape...}.
Shape drawn_shape(const OpCall& call) {
  const auto& a = call.attributes.integers;
  return Shape(std::vector<int64_t>(a.begin() + 1, a.end()));
}

template <double (*kDraw)(const DrawStream&, int64_t, int64_t)>
void reference_draw(const ReferenceCall& call) {
  const int64_t cols = call.node.shape.last(0);
  const DrawStream from{
      .seed = call.seed, .stream = static_cast<uint64_t>(call.node.attributes.integers[0]), .step = call.step};
  for (size_t i = 0; i < call.dst.size(); ++i) {
    const auto at = static_cast<int64_t>(i);
    call.dst[i] = kDraw(from, at / cols, at % cols);
  }
}

Tensor draw(const OpDef& op, Graph& graph, const Shape& shape) {
  Attributes attributes;
  attributes.integers = {graph.next_stream()};
  for (const int64_t extent : shape.dims()) attributes.integers.push_back(extent);
  return graph.add(op, {}, std::move(attributes));
}

}  // namespace

const OpDef kRandomUniform{
    .name = "random_uniform", .kind = OpKind::kRandom, .shape = drawn_shape, .reference = reference_draw<uniform_draw>};

const OpDef kRandomNormal{
    .name = "random_normal", .kind = OpKind::kRandom, .shape = drawn_shape, .reference = reference_draw<normal_draw>};

Tensor random_uniform(Graph& graph, const Shape& shape) {
  return draw(kRandomUniform, graph, shape);
}
Tensor random_normal(Graph& graph, const Shape& shape) {
  return draw(kRandomNormal, graph, shape);
}

}  // namespace elbo
