// The CPU as a back end: fused kernels, planned memory, a team of threads.
#pragma once

#include "elbo/engine/backend.h"

namespace elbo::cpu {

const Backend& backend();

}  // namespace elbo::cpu
