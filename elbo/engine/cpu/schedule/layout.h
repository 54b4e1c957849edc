// Layout: how the values that kernels leave for each other lie in memory.
//
// Most lie row after row, as everything does that products, general kernels, users or variables read.  A value that
// only kernels with turned tiles make and read lies turned as well, tile by tile: each tile column after column, in the
// bytes that its rows would fill.  Then no one has to turn it.
#pragma once

#include "elbo/engine/cpu/schedule/schedule.h"

namespace elbo::cpu {

// Sets `turned` of the values that lie so.
void choose_layouts(const Graph& graph, Schedule& schedule);

}  // namespace elbo::cpu
