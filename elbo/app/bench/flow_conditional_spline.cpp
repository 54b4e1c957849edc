#include "elbo/app/bench/flow_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kFlowConditionalSpline{.name = "flow-conditional-spline",
                                           .summary = "flow-conditional with splines of 8 bins in place of affine maps",
                                           .make = [](const WorkloadOptions& options) {
                                             return flow_training(
                                                 {.name = "flow-conditional-spline",
                                                  .family = "nsf-autoregressive",
                                                  .settings = {"layers=5", "network.hidden=[50, 50]", "bins=8"},
                                                  .dim = 5,
                                                  .context_dim = 8,
                                                  .batch = 50},
                                                 options);
                                           }};

}  // namespace elbo::app::bench
