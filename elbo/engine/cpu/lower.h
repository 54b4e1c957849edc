// lower: from one component of the schedule to one kernel.
#pragma once

#include "elbo/engine/cpu/memory.h"
#include "elbo/engine/cpu/plan.h"

namespace elbo::cpu {

// Appends arrays for partial sums to `partials`; they must outlive the kernel.
Kernel lower_component(const Graph& graph, const Schedule& schedule, const Component& component, const Memory& memory,
                       std::vector<Array>& partials);

}  // namespace elbo::cpu
