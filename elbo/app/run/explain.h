// A model as compiled, in words: what `elbo explain` prints.
#pragma once

#include <string>

#include "elbo/app/config/config.h"
#include "elbo/app/run/build.h"
#include "elbo/app/run/flow_run.h"
#include "elbo/engine/compile.h"

namespace elbo::app {

// The layers with their parameters.
std::string explain_model(const Config& config, const RunModel& run);
std::string explain_model(const Config& config, const FlowRun& run);
// What compiling made of the graph of a training step: nodes after each pass, kernels, memory.
std::string explain_step(const Graph& step, const CompileReport& report);

}  // namespace elbo::app
