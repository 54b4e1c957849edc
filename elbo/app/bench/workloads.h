// The entries of the workloads, one file each.
#pragma once

#include "elbo/app/bench/workload.h"

namespace elbo::app::bench {

extern const WorkloadEntry kVaeKongLi;
extern const WorkloadEntry kVaePlanar8;
extern const WorkloadEntry kVaePlanar80;
extern const WorkloadEntry kVaeEvaluate;
extern const WorkloadEntry kMlpSmall;

}  // namespace elbo::app::bench
