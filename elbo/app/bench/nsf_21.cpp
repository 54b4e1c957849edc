#include "elbo/app/bench/flow_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kNsf21{.name = "nsf-21",
                           .summary = "spline couplings in 21 dimensions, 5 of 8 bins and 2x128, batch 512, Adam",
                           .make = [](const WorkloadOptions& options) {
                             return flow_training({.name = "nsf-21",
                                                   .family = "nsf-coupling",
                                                   .settings = {"layers=5", "network.hidden=[128, 128]", "bins=8"},
                                                   .dim = 21,
                                                   .batch = 512},
                                                  options);
                           }};

}  // namespace elbo::app::bench
