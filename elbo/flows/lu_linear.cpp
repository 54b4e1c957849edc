#include "elbo/flows/lu_linear.h"

#include "elbo/engine/ops.h"
#include "elbo/flows/columns.h"
#include "elbo/flows/triangular.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

constexpr double kLuSpread = 0.01;

}  // namespace

LuLinear::LuLinear(const nn::Parameters& scope, const LuLinearOptions& options)
    : path_(scope.path()), dim_(options.dim) {
  if (dim_ < 1) throw ConfigError("lu-linear at " + path_ + ": dim = " + std::to_string(dim_) + ", must be at least 1");
  lu_ = scope.get("lu", {.shape = {dim_, dim_}, .init = nn::init::normal(kLuSpread)});
  order_ = shuffled_columns(dim_, path_);
}

LuLinear::Factors LuLinear::factors(Graph& graph) const {
  const Tensor lu = graph.variable(lu_), below = below_diagonal(graph, dim_), eye = identity_matrix(graph, dim_);
  const Tensor diagonal = dot(lu, eye);  // [dim, 1]
  return {.lower = lu * below + eye, .upper = lu * transpose(below) + exp(diagonal) * eye, .log_det = sum(diagonal)};
}

TransformResult LuLinear::inverse(Tensor y, Tensor /*context*/) const {
  const Graph::ScopeGuard scope = y.graph().scope(path_);
  const Factors f = factors(y.graph());
  return {.y = matmul(permute_columns(y, order_), matmul(f.lower, f.upper), {.transpose_b = true}),
          .log_abs_det = broadcast_to(f.log_det, {y.shape()[0]})};
}

// With rows, z = P(y) (LU)ᵀ turns into P(y) = z L⁻ᵀ U⁻ᵀ.
TransformResult LuLinear::forward(Tensor z, Tensor /*context*/) const {
  const Graph::ScopeGuard scope = z.graph().scope(path_);
  const Factors f = factors(z.graph());
  const Tensor inverse = matmul(inverse_of_lower(f.lower), inverse_of_lower(transpose(f.upper)), {.transpose_a = true});
  return {.y = permute_columns(matmul(z, inverse), inverse_order(order_)),
          .log_abs_det = broadcast_to(-f.log_det, {z.shape()[0]})};
}

const FlowFamily kLuLinearFamily{.name = "lu-linear",
                                 .description = "an invertible matrix, kept as its triangles and a permutation",
                                 .paper = "Kingma & Dhariwal 2018",
                                 .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform {
                                   return LuLinear{site.scope, {.dim = site.dim}};
                                 }};

}  // namespace elbo::flows
