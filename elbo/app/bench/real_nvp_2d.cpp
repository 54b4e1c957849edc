#include "elbo/app/bench/flow_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kRealNvp2d{
    .name = "realnvp-2d",
    .summary = "RealNVP density in 2 dimensions, 8 affine couplings of 2x64, batch 512, Adam",
    .make = [](const WorkloadOptions& options) {
      return flow_training({.name = "realnvp-2d",
                            .family = "real-nvp",
                            .settings = {"layers=8", "network.hidden=[64, 64]"},
                            .dim = 2,
                            .batch = 512},
                           options);
    }};

}  // namespace elbo::app::bench
