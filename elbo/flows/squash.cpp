#include "elbo/flows/squash.h"

#include <limits>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/flows/invert.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// Under what is logged: a value at the border counts as this far from it.
constexpr double kSmallestLogged = 1e-30;

int64_t checked(std::string_view who, int64_t dim) {
  if (dim < 1) throw ConfigError(std::string(who) + ": dim = " + std::to_string(dim) + ", must be at least 1");
  return dim;
}

Tensor safe_log(Tensor x) {
  return log(maximum(x, kSmallestLogged));
}

// Row sums of the terms; -∞ for rows with a value outside.
Tensor sum_inside(Tensor terms, Tensor inside) {
  const Tensor all_inside = reduce_min(inside, {.axes = {1}});
  const Tensor nothing = terms.graph().constant(-std::numeric_limits<double>::infinity());
  return select(all_inside, sum(terms, {.axes = {1}}), nothing);
}

}  // namespace

Sigmoid::Sigmoid(int64_t dim) : dim_(checked("sigmoid", dim)) {}

TransformResult Sigmoid::forward(Tensor z, Tensor /*context*/) const {
  return {.y = sigmoid(z), .log_abs_det = sum(log_sigmoid(z) + log_sigmoid(-z), {.axes = {1}})};
}

TransformResult Sigmoid::inverse(Tensor y, Tensor /*context*/) const {
  const Tensor log_y = safe_log(y), log_rest = safe_log(1 - y);
  return {.y = log_y - log_rest, .log_abs_det = sum_inside(-(log_y + log_rest), less_equal(0, y) * less_equal(y, 1))};
}

Softplus::Softplus(int64_t dim) : dim_(checked("softplus", dim)) {}

TransformResult Softplus::forward(Tensor z, Tensor /*context*/) const {
  return {.y = softplus(z), .log_abs_det = sum(log_sigmoid(z), {.axes = {1}})};
}

// z = log(eʸ - 1) = y + log(1 - e⁻ʸ), and dz/dy = 1/(1 - e⁻ʸ).
TransformResult Softplus::inverse(Tensor y, Tensor /*context*/) const {
  const Tensor log_rest = safe_log(-expm1(-y));
  return {.y = y + log_rest, .log_abs_det = sum_inside(-log_rest, less_equal(0, y))};
}

const FlowFamily kSigmoidFamily{
    .name = "sigmoid",
    .description = "reals to (0, 1)",
    .paper = "Papamakarios et al. 2021",
    .data_support = Support::kUnit,
    .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform { return Sigmoid{site.dim}; }};

const FlowFamily kLogitFamily{
    .name = "logit",
    .description = "(0, 1) to reals",
    .paper = "Papamakarios et al. 2021",
    .base_support = Support::kUnit,
    .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform { return Invert{Sigmoid{site.dim}}; }};

const FlowFamily kSoftplusFamily{
    .name = "softplus",
    .description = "reals to (0, ∞)",
    .paper = "Papamakarios et al. 2021",
    .data_support = Support::kPositive,
    .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform { return Softplus{site.dim}; }};

}  // namespace elbo::flows
