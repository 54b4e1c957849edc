#include "elbo/flows/nsf_autoregressive.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

ColumnMap spline_map(const RationalQuadraticOptions& options) {
  require_rational_quadratic("nsf-autoregressive", options);
  const int64_t parameters = rational_quadratic_parameters(options.bins);
  const auto mapped = [options, parameters](Tensor x, Tensor theta, SplineDirection direction) -> MappedColumns {
    const Tensor by_column = reshape(theta, {x.shape()[0], x.shape()[1], parameters});
    const auto [y, log_slope] = rational_quadratic(x, by_column, options, direction);
    return {.y = y, .log_slope = log_slope};
  };
  return {.name = "rational-quadratic",
          .parameters = parameters,
          .layout = nn::OutputLayout::kByColumn,
          .forward = [mapped](Tensor x, Tensor theta) { return mapped(x, theta, SplineDirection::kForward); },
          .inverse = [mapped](Tensor y, Tensor theta) { return mapped(y, theta, SplineDirection::kInverse); },
          .initial = std::vector<double>(static_cast<size_t>(parameters), 0.0)};
}

std::vector<Option> spline_settings() {
  return {Integer{.key = "bins",
                  .value = RationalQuadraticOptions{}.bins,
                  .meaning = "pieces of a spline",
                  .limits = {.at_least = 1, .at_most = 512}},
          Number{.key = "bound",
                 .value = RationalQuadraticOptions{}.bound,
                 .meaning = "splines bend within -bound and bound of each column, and are the identity outside",
                 .limits = {.above = 0}}};
}

RationalQuadraticOptions spline_options(const Settings& s) {
  return {.bins = s.integer("bins"), .bound = s.number("bound")};
}

const FlowFamily kNsfAutoregressiveFamily{
    .name = "nsf-autoregressive",
    .description = "masked autoregressive with rational-quadratic splines; for densities",
    .paper = "Durkan, Bekasov, Murray & Papamakarios 2019",
    .settings = joined(autoregressive_settings(), spline_settings()),
    .fast_direction = prob::FastDirection::kInverse,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return autoregressive_flow("nsf-autoregressive", spline_map(spline_options(s)), NetworkSees::kData, site, s);
    }};

}  // namespace elbo::flows
