// The passes of the CPU: rewrites that pay off for the way its kernels work.
#pragma once

#include "elbo/engine/passes/pass.h"

namespace elbo::cpu {

// "turn-weights": lets products of many rows read weights [out, in] from a turned copy, made once a step: oneDNN reads
// that as it lies, but would turn the weights anew for every block of rows.  After `simplify`, which does the opposite.
std::unique_ptr<Pass> turn_weights();

// "split-depth": products of few rows with weights as they lie, such as the gradients dY W by a layer's inputs, are
// computed as two sums of half the terms each.
//
// The update of W gives each thread its rows, and the cores hand the lines they wrote to whoever reads them next: in
// dY W cut by columns every thread reads all of W, half of it from another core, which then must get it back to update
// it.  Cut along the outputs, each reads its own rows of W and its own columns of dY, and what changes hands is half of
// a result that for few rows is smaller than W.
std::unique_ptr<Pass> split_depth();

// "recompute": values of one cheap operation are made again where they are read, instead of being kept for it.  After
// all others: equal terms would be joined again.
//
// What a forward pass leaves for the backward pass goes to memory and comes back from it, which takes some ten times
// as long as one addition in the cache.  A slice, a sum or a product of values that the reading kernel has at hand
// anyway, or that take no more to fetch, is therefore computed a second time in that kernel.
std::unique_ptr<Pass> recompute();

// Not to be left out, and no Pass for that reason: outputs and values of updates that are memory from before the step
// become copies, so that an output shows the value from before the updates, and two variables can exchange their
// values.
void copy_sources(Graph& graph);

}  // namespace elbo::cpu
