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
    .fast_direction = prob::FastDirection::kForward,
    .takes_context = true,
    .make = [](const nn::Parameters& scope, const FlowOptions& o) -> prob::AnyTransform {
      ColumnMap map = gated_map();
      map.name = "iaf";
      return Autoregressive{scope, map, autoregressive_options(o, NetworkSees::kBase)};
    }};

const FlowFamily kIafAffineFamily{.name = "iaf-affine",
                                  .description = "inverse autoregressive, plain: μ + exp(α) z from the base before",
                                  .paper = "Kingma, Salimans, Jozefowicz, Chen, Sutskever & Welling 2016",
                                  .fast_direction = prob::FastDirection::kForward,
                                  .takes_context = true,
                                  .make = [](const nn::Parameters& scope, const FlowOptions& o) -> prob::AnyTransform {
                                    ColumnMap map = affine_map(o.log_scale_bound);
                                    map.name = "iaf-affine";
                                    return Autoregressive{scope, map, autoregressive_options(o, NetworkSees::kBase)};
                                  }};

}  // namespace elbo::flows
