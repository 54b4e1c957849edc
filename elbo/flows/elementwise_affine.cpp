#include "elbo/flows/elementwise_affine.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/prob/rows.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

Tensor sum_of_columns(Tensor x, int64_t rows) {
  const Tensor total = sum(x, {.axes = {1}});
  return total.shape()[0] == rows ? total : broadcast_to(total, {rows});
}

}  // namespace

ElementwiseAffine::ElementwiseAffine(const nn::Parameters& scope, const ElementwiseAffineOptions& options)
    : path_(scope.path()), options_(options) {
  if (options.dim < 1 || options.context_dim < 0) {
    throw ConfigError("affine at " + path_ + ": dim = " + std::to_string(options.dim) + ", context_dim = " +
                      std::to_string(options.context_dim) + ": the first must be at least 1, the second at least 0");
  }
  if (options.context_dim > 0) {
    const double spread = 0.01 / std::sqrt(static_cast<double>(options.context_dim));
    linear_.emplace(scope / "parameters", nn::LinearOptions{.in = options.context_dim,
                                                            .out = 2 * options.dim,
                                                            .init = nn::init::normal(spread),
                                                            .bias_init = nn::init::zeros()});
    return;
  }
  loc_ = scope.get("loc", {.shape = {options.dim}});
  log_scale_ = scope.get("log_scale", {.shape = {options.dim}});
}

ElementwiseAffine::Values ElementwiseAffine::values(Graph& graph, Tensor context, int64_t rows) const {
  const int64_t dim = options_.dim;
  if (linear_) {
    const Tensors parts = split(prob::spread_rows((*linear_)(context), rows), {dim, dim}, -1);
    return {parts[0], parts[1]};
  }
  return {reshape(graph.variable(loc_), {1, dim}), reshape(graph.variable(log_scale_), {1, dim})};
}

TransformResult ElementwiseAffine::forward(Tensor z, Tensor context) const {
  const Graph::ScopeGuard scope = z.graph().scope(path_);
  const auto [loc, log_scale] = values(z.graph(), context, z.shape()[0]);
  return {.y = loc + exp(log_scale) * z, .log_abs_det = sum_of_columns(log_scale, z.shape()[0])};
}

TransformResult ElementwiseAffine::inverse(Tensor y, Tensor context) const {
  const Graph::ScopeGuard scope = y.graph().scope(path_);
  const auto [loc, log_scale] = values(y.graph(), context, y.shape()[0]);
  return {.y = (y - loc) * exp(-log_scale), .log_abs_det = sum_of_columns(-log_scale, y.shape()[0])};
}

const FlowFamily kElementwiseAffineFamily{
    .name = "affine",
    .description = "loc + scale z, column by column",
    .paper = "Papamakarios et al. 2021",
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform {
      return ElementwiseAffine{site.scope, {.dim = site.dim, .context_dim = site.context_dim}};
    }};

}  // namespace elbo::flows
