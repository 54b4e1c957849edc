#include "elbo/engine/graph/source.h"

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

}  // namespace elbo
