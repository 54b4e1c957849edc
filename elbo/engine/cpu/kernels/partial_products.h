// Partial products: an operation of the CPU's own, made by the pass split-depth alone.
#pragma once

#include <cstdint>

#include "elbo/engine/cpu/kernels/cut.h"
#include "elbo/engine/op.h"

namespace elbo::cpu {

// a [m, k], b [k, n], integers {parts} -> [parts, m, n], each of a part of the terms; their sum is the product.
extern const OpDef kPartialProducts;

// The terms of part `part`.  As a rule they are cut where an update of the weights cuts its rows (Form::even).
Cut terms_of_part(int64_t depth, int64_t parts, int64_t part);

}  // namespace elbo::cpu
