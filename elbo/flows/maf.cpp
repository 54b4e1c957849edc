#include "elbo/flows/maf.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

namespace {

struct Affine {
  Tensor shift, log_scale;  // [rows, n]
};

Affine parts(Tensor x, Tensor theta, double bound) {
  const int64_t n = x.shape()[1];
  const Tensors halves = split(theta, {n, n}, 1);
  return {halves[0], bound * tanh(halves[1] * (1 / bound))};
}

}  // namespace

ColumnMap affine_map(double log_scale_bound) {
  return {.name = "affine",
          .parameters = 2,
          .forward = [bound = log_scale_bound](Tensor x, Tensor theta) -> MappedColumns {
            const auto [shift, log_scale] = parts(x, theta, bound);
            return {.y = shift + exp(log_scale) * x, .log_slope = log_scale};
          },
          .inverse = [bound = log_scale_bound](Tensor y, Tensor theta) -> MappedColumns {
            const auto [shift, log_scale] = parts(y, theta, bound);
            return {.y = (y - shift) * exp(-log_scale), .log_slope = -log_scale};
          },
          .initial = {0, 0}};
}

Option log_scale_bound_option() {
  return Number{.key = "log_scale_bound",
                .value = 3.0,
                .meaning = "log-scales of a layer stay within it",
                .limits = {.above = 0}};
}

const FlowFamily kMafFamily{
    .name = "maf",
    .description = "masked autoregressive: μ + exp(α) z, both from the data before; for densities",
    .paper = "Papamakarios, Pavlakou & Murray 2017",
    .settings = joined(autoregressive_settings(), {log_scale_bound_option()}),
    .fast_direction = prob::FastDirection::kInverse,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return autoregressive_flow("maf", affine_map(s.number("log_scale_bound")), NetworkSees::kData, site, s);
    }};

}  // namespace elbo::flows
