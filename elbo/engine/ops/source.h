// The operations without inputs.
#pragma once

#include "elbo/engine/op.h"

namespace elbo {

extern const OpDef kInput;     // text: name; integers: shape
extern const OpDef kVariable;  // text: name; integers: shape; variable
extern const OpDef kConstant;  // numbers: one value for all, or value: an array; integers: shape

}  // namespace elbo
