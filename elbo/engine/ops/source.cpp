#include "elbo/engine/ops/source.h"

#include "elbo/engine/ops.h"

namespace elbo {

namespace {
Shape shape_of_integers(const OpCall& call) {
  return Shape(call.attributes.integers);
}

Shape shape_of_step(const OpCall& call) {
  const auto& a = call.attributes.integers;
  if (a.size() != 1 || a[0] < 0) call.fail("takes one whole number, the period, 0 for none");
  return {};
}

void reference_step(const ReferenceCall& call) {
  call.dst[0] = static_cast<double>(step_value(call.node.attributes.integers[0], call.step));
}
}  // namespace

const OpDef kInput{.name = "input", .kind = OpKind::kSource, .shape = shape_of_integers};
const OpDef kVariable{.name = "variable", .kind = OpKind::kSource, .shape = shape_of_integers};
const OpDef kConstant{.name = "constant", .kind = OpKind::kSource, .shape = shape_of_integers};
const OpDef kStep{.name = "step", .kind = OpKind::kSource, .shape = shape_of_step, .reference = reference_step};

uint64_t step_value(int64_t period, uint64_t step) {
  return period == 0 ? step : step % static_cast<uint64_t>(period);
}

Tensor step_number(Graph& graph) {
  return graph.add(kStep, {}, {.integers = {0}});
}

Tensor step_in_period(Graph& graph, int64_t period) {
  if (period < 1) {  // 0 is how a node says that it has none
    OpCall{kStep, {}, {}, graph.scope_path()}.fail("the period is " + std::to_string(period) +
                                                   ", it must be at least 1");
  }
  return graph.add(kStep, {}, {.integers = {period}});
}

}  // namespace elbo
