#include "elbo/flows/nsf_coupling.h"

#include "elbo/flows/nsf_autoregressive.h"

namespace elbo::flows {

const FlowFamily kNsfCouplingFamily{.name = "nsf-coupling",
                                    .description = "coupling with rational-quadratic splines",
                                    .paper = "Durkan, Bekasov, Murray & Papamakarios 2019",
                                    .takes_context = true,
                                    .make = [](const nn::Parameters& scope, const FlowOptions& o) {
                                      const ColumnMap map = spline_map({.bins = o.bins, .bound = o.bound});
                                      return coupling_stack("nsf-coupling", map, scope, o);
                                    }};

}  // namespace elbo::flows
