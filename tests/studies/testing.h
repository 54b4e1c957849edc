// A small study, made-up results, and images to train on, shared by these tests.
#pragma once

#include <gmock/gmock.h>
#include <string>

#include "elbo/studies/result.h"
#include "tests/support/folder.h"

namespace elbo::studies {

// Two flows on two densities of the plane, in a second.
inline const char* const kSmallStudy = R"(
title = "Two flows on {{data}}, {{epochs}}"
data = ["rings", "two-moons"]
models = [
  {name = "maf", title = "autoregressive", settings.flow = "maf", figures.printed = -2.5},
  {name = "real-nvp", settings = {flow = {name = "real-nvp", layers = 2}}},
]
measures = ["evaluate"]
page = """
## What comes out

Printed: {{value maf printed}}.

- The lowest: {{title lowest:nll_test}}.
- Apart by {{difference maf real-nvp nll_test}} nats.

{{table table}}

{{picture curves}}

{{configurations}}
"""

[settings]
model = "flow"
flow.network.hidden = [8]
data.limit = 60
train = {epochs = 2, batch_size = 20}

[[tables]]
name = "list"
columns = [
  {name = "data"},
  {name = "model"},
  {name = "figure", quantity = "printed"},
  {name = "figure", quantity = "nll_test", title = "NLL", best = "lowest"},
  {name = "count", quantity = "parameters"},
]
notes = ["Nats.", "{{samples nll_test}} samples."]

[[tables]]
name = "matrix"
file = "by-data"
quantity = "nll_test"
best = "lowest"
reference = "entropy"
reference_title = "entropy"

[[pictures]]
name = "curves"
file = "curves"
title = "Training"
)";

// Results without any training: NLL of the first model 3, 5, ... and of the second 4, 4, ... by data set.
inline StudyResults made_up(const Study& study, const StudyOptions& options) {
  StudyResults results{.study = study, .options = options, .plan = planned_runs(study, options)};
  for (const PlannedRun& plan : results.plan) {
    const bool first = plan.model == &study.models.front();
    const auto before = static_cast<double>(results.runs.size());
    RunResult result;
    result.figures = {{"nll_test", {.mean = first ? 3 + before : 4, .standard_error = 0.125, .samples = 1}},
                      {"parameters", plain(1234)}};
    if (plan.data == "rings") result.figures["entropy"] = plain(2.62);
    result.epochs = {{{"loss", 6.0}}, {{"loss", 5.0 + before}}};
    results.runs.push_back({.plan = &plan, .result = result, .images = std::vector<std::vector<report::Image>>(8)});
  }
  return results;
}

}  // namespace elbo::studies
