// The flow of maf-21 and maf-21-sample.
#pragma once

#include "elbo/app/bench/flow_workload.h"

namespace elbo::app::bench {

// Masked autoregressive density in 21 dimensions: 5 layers, each a MADE of 2x512, in batches of 512 rows.
FlowWorkload maf_21(const char* name);

}  // namespace elbo::app::bench
