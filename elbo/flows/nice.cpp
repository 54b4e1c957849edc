#include "elbo/flows/nice.h"

#include "elbo/engine/ops.h"

namespace elbo::flows {

ColumnMap additive_map() {
  return {.name = "additive",
          .parameters = 1,
          .forward = [](Tensor x, Tensor theta) -> MappedColumns {
            return {.y = x + theta, .log_slope = zeros(x.graph(), x.shape())};
          },
          .inverse = [](Tensor y, Tensor theta) -> MappedColumns {
            return {.y = y - theta, .log_slope = zeros(y.graph(), y.shape())};
          },
          .initial = {0}};
}

const FlowFamily kNiceFamily{.name = "nice",
                             .description = "additive coupling: z + t(other half); keeps volume",
                             .paper = "Dinh, Krueger & Bengio 2015",
                             .settings = joined(coupling_settings(), mixing_settings()),
                             .takes_context = true,
                             .make = [](const FlowSite& site, const Settings& s) {
                               return coupling_stack("nice", additive_map(), site, coupling_options(s));
                             }};

}  // namespace elbo::flows
