// The operations without inputs.
#pragma once

#include "elbo/engine/op.h"

namespace elbo {

extern const OpDef kInput;     // text: name; integers: shape
extern const OpDef kVariable;  // text: name; integers: shape; variable
extern const OpDef kConstant;  // numbers: one value for all, or value: an array; integers: shape
extern const OpDef kStep;      // integers: {period}, 0: none

// The value of a step node with that period.
uint64_t step_value(int64_t period, uint64_t step);

}  // namespace elbo
