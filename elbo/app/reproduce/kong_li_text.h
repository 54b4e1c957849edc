// The sentences of the study's page that quote figures of its runs.
#pragma once

#include <string>
#include <vector>

#include "elbo/app/reproduce/kong_li_result.h"

namespace elbo::app::kong_li {

// The sum of the public code and the bound, with the figures of one model with a flow put in.
std::string sum_worked_out(const FinishedRun& run);

// What the runs show, one sentence or two each; only what the figures bear out.
std::vector<std::string> findings(const std::vector<FinishedRun>& runs);

// Ours against the authors' figures of the study's quantity; empty when no model as published is finished.
std::string against_printed(const std::vector<FinishedRun>& runs);

// The run of a group with so many flow layers; nullptr if it is not finished.
const FinishedRun* find_run(const std::vector<FinishedRun>& runs, Group group, int64_t flow_layers);
// The one with the most flow layers, nullptr if there is none with a flow.
const FinishedRun* deepest(const std::vector<FinishedRun>& runs, Group group);

}  // namespace elbo::app::kong_li
