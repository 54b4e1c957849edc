#include "elbo/app/bench/flow_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kFlowConditional{.name = "flow-conditional",
                                     .summary = "5 dimensions given 8, 5 masked affine layers of 2x50, batch 50, Adam",
                                     .make = [](const WorkloadOptions& options) {
                                       return flow_training({.name = "flow-conditional",
                                                             .family = "maf",
                                                             .settings = {"layers=5", "network.hidden=[50, 50]"},
                                                             .dim = 5,
                                                             .context_dim = 8,
                                                             .batch = 50},
                                                            options);
                                     }};

}  // namespace elbo::app::bench
