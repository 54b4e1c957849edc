#include "elbo/prob/transformed_distribution.h"

#include <algorithm>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

void check(const TransformedDistribution& d) {
  if (d.base.event_dim() != d.transform.dim()) {
    throw ShapeError("transformed: the base has " + std::to_string(d.base.event_dim()) + " dimensions and the " +
                     std::string(d.transform.name()) + " transform " + std::to_string(d.transform.dim()));
  }
}

// The same map, by variables that no gradient passes to.
class HeldTransform final : public Transform {
 public:
  explicit HeldTransform(AnyTransform inner) : inner_(std::move(inner)) {}
  std::string_view name() const override { return inner_.name(); }
  int64_t dim() const override { return inner_.dim(); }
  int64_t context_dim() const override { return inner_.context_dim(); }
  FastDirection fast_direction() const override { return inner_.fast_direction(); }
  TransformResult forward(Tensor z, Tensor context) const override {
    const Graph::HoldGuard guard = z.graph().hold_variables();
    return inner_.forward(z, hold(context));
  }
  TransformResult inverse(Tensor y, Tensor context) const override {
    const Graph::HoldGuard guard = y.graph().hold_variables();
    return inner_.inverse(y, hold(context));
  }

 private:
  AnyTransform inner_;
};

}  // namespace

int64_t TransformedDistribution::event_dim() const {
  return transform.dim();
}

int64_t TransformedDistribution::rows() const {
  return std::max(base.rows(), context.defined() ? context.shape()[0] : 0);
}

Tensor TransformedDistribution::log_prob(Tensor value) const {
  check(*this);
  require_rows("transformed", value, event_dim(), rows());
  const auto [z, log_abs_det] = transform.inverse(value, context);
  return base.log_prob(z) + log_abs_det;
}

Tensor TransformedDistribution::sample(Graph& graph, int64_t rows) const {
  check(*this);
  require_row_count("transformed", rows, this->rows());
  return transform.forward(base.sample(graph, rows), context).y;
}

SampleAndLogProb TransformedDistribution::sample_and_log_prob(Graph& graph, int64_t rows) const {
  check(*this);
  require_row_count("transformed", rows, this->rows());
  const auto [z, log_base] = base.sample_and_log_prob(graph, rows);
  const auto [y, log_abs_det] = transform.forward(z, context);
  return {.value = y, .log_prob = log_base - log_abs_det};
}

TransformedDistribution TransformedDistribution::held() const {
  return {.base = base.held(), .transform = HeldTransform(transform), .context = hold(context)};
}

std::optional<Tensor> TransformedDistribution::mean(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

Tensor TransformedDistribution::center(Graph& graph, int64_t rows) const {
  check(*this);
  require_row_count("transformed", rows, this->rows());
  return transform.forward(base.center(graph, rows), context).y;
}

std::optional<Tensor> TransformedDistribution::entropy(Graph& /*graph*/, int64_t /*rows*/) const {
  return std::nullopt;
}

}  // namespace elbo::prob
