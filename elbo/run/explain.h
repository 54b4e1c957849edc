// A model as compiled, in words: what `elbo explain` prints.
#pragma once

#include <string>

#include "elbo/engine/compile.h"
#include "elbo/run/build.h"

namespace elbo::run {

// Data, parts and layers with their parameters.
std::string explain_model(const Settings& settings, const RunModel& run);
// What compiling made of the graph of a training step: nodes after each pass, kernels, memory.
std::string explain_step(const Graph& step, const CompileReport& report);

}  // namespace elbo::run
