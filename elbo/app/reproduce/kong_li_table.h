// The tables of the study: every model with the printed figure beside ours, and the terms the loss is made of.
#pragma once

#include <string>
#include <vector>

#include "elbo/app/reproduce/kong_li_result.h"
#include "elbo/report/table.h"

namespace elbo::app::kong_li {

// One row a model, in the order of the plan, a rule between groups.
report::Table results_table(const std::vector<FinishedRun>& runs);

// R, K, S of the models with a flow, and the two ways of adding them up.
report::Table terms_table(const std::vector<FinishedRun>& runs);

// {"study", "data", ..., "runs": [...]}: everything the tables say, with all digits.
std::string results_json(const StudyOptions& options, const std::vector<FinishedRun>& runs);

}  // namespace elbo::app::kong_li
