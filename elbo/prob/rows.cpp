#include "elbo/prob/rows.h"

#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

int64_t require_rows(std::string_view who, Tensor value, int64_t dim, int64_t own_rows) {
  const std::string start = std::string(who) + ": ";
  if (!value.defined()) throw ShapeError(start + "no value was given");
  if (value.shape().rank() != 2 || value.shape()[1] != dim) {
    throw ShapeError(start + "value " + to_string(value.shape()) + ", rows of " + std::to_string(dim) +
                     " are required");
  }
  require_row_count(who, value.shape()[0], own_rows);
  return value.shape()[0];
}

void require_row_count(std::string_view who, int64_t rows, int64_t own_rows) {
  if (rows < 0 || (own_rows > 0 && rows % own_rows != 0)) {
    throw ShapeError(std::string(who) + ": " + std::to_string(rows) + " rows, a multiple of its own " +
                     std::to_string(own_rows) + " is required");
  }
}

Shape require_parameter_rows(std::string_view who, std::string_view parameter, Tensor value) {
  if (!value.defined() || value.shape().rank() != 2) {
    throw ShapeError(std::string(who) + ": " + std::string(parameter) + " " +
                     (value.defined() ? to_string(value.shape()) : "is missing") + ", rows [batch, dim] are required");
  }
  return value.shape();
}

Tensor spread_rows(Tensor parameter, int64_t rows) {
  const Shape& shape = parameter.shape();
  if (shape.rank() < 2 || shape[0] <= 1) return parameter;
  return repeat_rows(parameter, rows / shape[0]);
}

Tensor log_of(Tensor x) {
  static const OpDef* const exp_op = find_op("exp");
  const Node& node = x.graph().node(x.id());
  return node.op == exp_op ? x.graph().tensor(node.inputs[0]) : log(x);
}

Tensor hold(Tensor parameter) {
  return parameter.defined() ? stop_gradient(parameter) : parameter;
}

}  // namespace elbo::prob
