#include "elbo/app/bench/maf_21.h"

#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

FlowWorkload maf_21(const char* name) {
  return {
      .name = name, .family = "maf", .settings = {"layers=5", "network.hidden=[512, 512]"}, .dim = 21, .batch = 512};
}

const WorkloadEntry kMaf21{
    .name = "maf-21",
    .summary = "masked autoregressive density in 21 dimensions, 5 layers of 2x512, batch 512, Adam",
    .make = [](const WorkloadOptions& options) { return flow_training(maf_21("maf-21"), options); }};

}  // namespace elbo::app::bench
