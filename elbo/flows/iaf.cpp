#include "elbo/flows/iaf.h"

#include "elbo/engine/ops.h"
#include "elbo/flows/maf.h"

namespace elbo::flows {

namespace {

constexpr double kSmallestGate = -60;  // of s, for the inverse
constexpr double kFirstGate = 2;

}  // namespace

ColumnMap gated_map() {
  return {.name = "gated",
          .parameters = 2,
          .forward = [](Tensor x, Tensor theta) -> MappedColumns {
            const int64_t n = x.shape()[1];
            const Tensors m_and_s = split(theta, {n, n}, 1);
            return {.y = m_and_s[0] + sigmoid(m_and_s[1]) * (x - m_and_s[0]), .log_slope = log_sigmoid(m_and_s[1])};
          },
          .inverse = [](Tensor y, Tensor theta) -> MappedColumns {
            const int64_t n = y.shape()[1];
            const Tensors m_and_s = split(theta, {n, n}, 1);
            const Tensor s = maximum(m_and_s[1], kSmallestGate);
            return {.y = m_and_s[0] + (1 + exp(-s)) * (y - m_and_s[0]), .log_slope = -log_sigmoid(s)};
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
