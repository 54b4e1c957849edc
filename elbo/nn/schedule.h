// Schedules: a factor that follows the number of the step, of a learning rate or of the weight of a term.
//
//   const Settings& beta = settings.part("beta");                             // [objective.beta] name = "warm-up"
//   const Tensor factor = nn::factor(graph, {.steps = 4690}, beta);           // one real number, {}
//   Part{.key = "schedule", .value = "constant", .meaning = "...", .rows = nn::schedules().view()}
//
// In a graph that does not train there are no steps.  There a factor is the largest that its schedule comes to: what
// rises has risen, what falls has not begun to.  So a term is weighed in full where a model is evaluated.
#pragma once

#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::nn {

struct ScheduleSite {
  int64_t steps = 1;  // of the whole training, at least 1; the first is step 0
};

struct ScheduleRow {
  std::string_view name;
  std::string_view description;  // one line
  std::string_view paper;
  std::vector<Option> settings;
  Tensor (*while_training)(Graph& graph, const ScheduleSite& site, const Settings& settings);
  double (*otherwise)(const Settings& settings);  // in a graph that does not train
};

// constant, linear, cosine, warm-up, cyclical, stages.
const Registry<ScheduleRow>& schedules();

// Of the row that the settings are of.  ConfigError for settings that do not fit.
Tensor factor(Graph& graph, const ScheduleSite& site, const Settings& schedule);

// Whether a factor is the number 1 whatever the step: what it would multiply can be left as it is.
bool is_one(Tensor factor);

}  // namespace elbo::nn
