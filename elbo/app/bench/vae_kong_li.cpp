#include "elbo/app/bench/vae_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kVaeKongLi{.name = "vae-kong-li",
                               .summary = "784-500-500-20 VAE and back, closed-form KL, batch 128, Adam",
                               .make = [](const WorkloadOptions& options) {
                                 return vae_training({.name = "vae-kong-li", .threads = options.threads});
                               }};

}  // namespace elbo::app::bench
