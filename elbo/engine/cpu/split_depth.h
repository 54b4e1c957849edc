// Split depth: products of few rows with weights as they lie, such as the gradients dY W by a layer's inputs, are
// computed as two sums of half the terms each.
//
// The update of W gives each thread its rows, and the cores hand the lines they wrote to whoever reads them next: in
// dY W cut by columns every thread reads all of W, half of it from another core, which then must get it back to update
// it.  Cut along the outputs, each reads its own rows of W and its own columns of dY, and what changes hands is half of
// a result that for few rows is smaller than W.
#pragma once

#include <cstdint>
#include <memory>

#include "elbo/engine/cpu/cut.h"
#include "elbo/engine/op.h"
#include "elbo/engine/passes/pass.h"

namespace elbo::cpu {

// a [m, k], b [k, n], integers {parts} -> [parts, m, n], each of a part of the terms; their sum is the product.  Made
// by the pass alone.
extern const OpDef kPartialProducts;

// The terms of part `part`.  As a rule they are cut where an update of the weights cuts its rows (Form::even).
Cut terms_of_part(int64_t depth, int64_t parts, int64_t part);

// The pass "split-depth".
std::unique_ptr<Pass> split_depth();

}  // namespace elbo::cpu
