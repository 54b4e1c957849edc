#include "elbo/flows/iaf.h"

#include "elbo/engine/ops.h"
#include "elbo/flows/maf.h"

namespace elbo::flows {

namespace {

constexpr double kSmallestGate = -20;
constexpr double kFirstGate = 2;

struct Gated {
  Tensor m, s;  // [rows, n]
};

Gated parts(Tensor x, Tensor theta) {
  const int64_t n = x.shape()[1];
  const Tensors halves = split(theta, {n, n}, 1);
  return {halves[0], maximum(halves[1], kSmallestGate)};
}

}  // namespace

ColumnMap gated_map() {
  return {.name = "gated",
          .parameters = 2,
          .forward = [](Tensor x, Tensor theta) -> MappedColumns {
            const auto [m, s] = parts(x, theta);
            return {.y = m + sigmoid(s) * (x - m), .log_slope = log_sigmoid(s)};
          },
          .inverse = [](Tensor y, Tensor theta) -> MappedColumns {
            const auto [m, s] = parts(y, theta);
            return {.y = m + (1 + exp(-s)) * (y - m), .log_slope = -log_sigmoid(s)};
          },
          .initial = {0, kFirstGate}};
}

const FlowFamily kIafFamily{
    .name = "iaf",
    .description = "inverse autoregressive, gated: σ z + (1 - σ) m from the base before; for posteriors",
    .paper = "Kingma, Salimans, Jozefowicz, Chen, Sutskever & Welling 2016",
    .settings = autoregressive_settings(),
    .fast_direction = prob::FastDirection::kForward,
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return autoregressive_flow("iaf", gated_map(), NetworkSees::kBase, site, s);
    }};

const FlowFamily kIafAffineFamily{.name = "iaf-affine",
                                  .description = "inverse autoregressive, plain: μ + exp(α) z from the base before",
                                  .paper = "Kingma, Salimans, Jozefowicz, Chen, Sutskever & Welling 2016",
                                  .settings = joined(autoregressive_settings(), {log_scale_bound_option()}),
                                  .fast_direction = prob::FastDirection::kForward,
                                  .takes_context = true,
                                  .make = [](const FlowSite& site, const Settings& s) {
                                    const ColumnMap map = affine_map(s.number("log_scale_bound"));
                                    return autoregressive_flow("iaf-affine", map, NetworkSees::kBase, site, s);
                                  }};

}  // namespace elbo::flows
