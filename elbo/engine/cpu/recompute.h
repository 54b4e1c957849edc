// Recompute: values of one cheap operation are made again where they are read, instead of being kept for it.
//
// What a forward pass leaves for the backward pass goes to memory and comes back from it, which takes some ten times
// as long as one addition in the cache.  A slice, a sum or a product of values that the reading kernel has at hand
// anyway, or that take no more to fetch, is therefore computed a second time in that kernel.
#pragma once

#include <memory>

#include "elbo/engine/passes/pass.h"

namespace elbo::cpu {

// The pass "recompute".  After all others: equal terms would be joined again.
std::unique_ptr<Pass> recompute();

}  // namespace elbo::cpu
