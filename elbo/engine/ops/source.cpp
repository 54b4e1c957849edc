#include "elbo/engine/ops/source.h"

namespace elbo {

namespace {
Shape shape_of_integers(const OpCall& call) {
  return Shape(call.attributes.integers);
}
}  // namespace

const OpDef kInput{.name = "input", .kind = OpKind::kSource, .shape = shape_of_integers};
const OpDef kVariable{.name = "variable", .kind = OpKind::kSource, .shape = shape_of_integers};
const OpDef kConstant{.name = "constant", .kind = OpKind::kSource, .shape = shape_of_integers};

}  // namespace elbo
