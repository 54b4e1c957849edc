// Chains: kernels that follow each other block of rows by block of rows, without waiting for one another as a whole.
//
// A kernel that reads of others only the rows it works on itself, as every layer of a network does of the layer before,
// can begin with a block of rows as soon as that block has gone through the others.  Such kernels form a chain: its
// parts are the blocks of rows, and a part goes through all the kernels.  So a flow of many small layers, forward and
// backward, is one stage with a few large parts instead of a hundred stages with many small ones, and what a layer
// leaves for the next is still in the cache.
#pragma once

#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

// Makes stages anew, with the kernels of a chain at one and the same; components are sorted by them, those of a chain
// in the order they run in.  `guard`: as in ScheduleOptions.
void make_chains(const Graph& graph, int guard, Schedule& schedule);

}  // namespace elbo::cpu
