#include "elbo/prob/transform.h"

#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

void check(const Transform& transform, Tensor rows, Tensor context) {
  const std::string who(transform.name());
  const int64_t n = require_rows(who, rows, transform.dim(), 0);
  if (transform.context_dim() == 0) return;
  const std::string columns = std::to_string(transform.context_dim());
  if (!context.defined()) throw ShapeError(who + ": no context was given, rows of " + columns + " are required");
  const Shape& shape = context.shape();
  if (shape.rank() != 2 || shape[1] != transform.context_dim() || shape[0] < 1 || n % shape[0] != 0) {
    throw ShapeError(who + ": context " + to_string(shape) + " for " + std::to_string(n) + " rows: rows of " + columns +
                     " are required, their number a divisor of " + std::to_string(n));
  }
}

}  // namespace

std::string_view name_of(FastDirection direction) {
  switch (direction) {
    case FastDirection::kBoth:
      return "both";
    case FastDirection::kForward:
      return "forward";
    case FastDirection::kInverse:
      return "inverse";
    case FastDirection::kNeither:
      break;
  }
  return "neither";
}

TransformResult AnyTransform::forward(Tensor z, Tensor context) const {
  check(*transform_, z, context);
  return transform_->forward(z, context);
}

TransformResult AnyTransform::inverse(Tensor y, Tensor context) const {
  check(*transform_, y, context);
  return transform_->inverse(y, context);
}

}  // namespace elbo::prob
