#include "elbo/app/bench/vae_workload.h"
#include "elbo/app/bench/workloads.h"

namespace elbo::app::bench {

const WorkloadEntry kVaePlanar80{
    .name = "vae-planar-80",
    .summary = "vae-kong-li with 40 latents and 80 planar layers, parameters free",
    .make = [](const WorkloadOptions& options) {
      return vae_training({.name = "vae-planar-80", .latent_dim = 40, .flow_layers = 80, .threads = options.threads});
    }};

}  // namespace elbo::app::bench
