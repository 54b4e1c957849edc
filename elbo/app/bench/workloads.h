// The entries of the workloads, one file each.
#pragma once

#include "elbo/app/bench/workload.h"

namespace elbo::app::bench {

extern const WorkloadEntry kVaeKongLi;
extern const WorkloadEntry kVaePlanar8;
extern const WorkloadEntry kVaePlanar80;
extern const WorkloadEntry kVaeIaf4;
extern const WorkloadEntry kVaeEvaluate;
extern const WorkloadEntry kRealNvp2d;
extern const WorkloadEntry kMaf21;
extern const WorkloadEntry kMaf21Sample;
extern const WorkloadEntry kNsf21;
extern const WorkloadEntry kFlowConditional;
extern const WorkloadEntry kFlowConditionalSpline;
extern const WorkloadEntry kMlpSmall;
extern const WorkloadEntry kReadCsv;
extern const WorkloadEntry kReadNpy;

}  // namespace elbo::app::bench
