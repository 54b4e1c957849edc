// The reference interpreter as a back end: slow, plain, and right.  Every value is computed by its operation's
// reference loop and rounded to f32.
//
//   const Executable step = compile(graph, {.backend = "reference"});
#pragma once

#include "elbo/engine/backend.h"

namespace elbo {

const Backend& reference_backend();

}  // namespace elbo
