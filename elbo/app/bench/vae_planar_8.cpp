#include "elbo/app/bench/vae_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kVaePlanar8{
    .name = "vae-planar-8",
    .summary = "vae-kong-li with 8 planar layers, parameters free",
    .make = [](const WorkloadOptions& options) {
      return vae_training({.name = "vae-planar-8", .flow_layers = 8, .threads = options.threads});
    }};

}  // namespace elbo::app::bench
