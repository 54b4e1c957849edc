#include "elbo/engine/op.h"

#include "elbo/settings/error.h"

namespace elbo {

void OpCall::fail(const std::string& reason) const {
  std::string message(op.name);
  if (!scope.empty()) message += " at " + scope;
  message += ":";
  for (size_t i = 0; i < shapes.size(); ++i) {
    const std::string_view name = op.inputs[i < op.inputs.size() ? i : op.inputs.size() - 1];
    message += (i == 0 ? " " : i + 1 < shapes.size() ? ", " : " and ") + std::string(name) + " " + to_string(shapes[i]);
  }
  throw ShapeError(message + (shapes.empty() ? " " : ": ") + reason);
}

Shape broadcast_shape(const OpCall& call) {
  Shape result = call.shapes[0];
  for (size_t i = 1; i < call.shapes.size(); ++i) {
    const auto next = broadcast(result, call.shapes[i]);
    if (!next) call.fail("the shapes do not broadcast");
    result = *next;
  }
  return result;
}

void fail_call(const OpDef& op, Tensor x, const std::string& reason) {
  const Shape shapes[] = {x.shape()};
  OpCall{op, shapes, Attributes{}, x.graph().scope_path()}.fail(reason);
}

int require_axis(const OpDef& op, Tensor x, int axis) {
  const auto normal = normalize_axis(axis, x.shape().rank());
  if (!normal) fail_call(op, x, "axis " + std::to_string(axis) + " does not exist");
  return *normal;
}

void require_real(const OpDef& op, Tensor x) {
  if (x.dtype() != DType::kF32) {
    fail_call(op, x, "takes real tensors, was given " + std::string(name_of(x.dtype())) + " (see to_real)");
  }
}

}  // namespace elbo
