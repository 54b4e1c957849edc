// Schedules: a factor that follows the number of the step, of a learning rate or of the weight of a term.
//
//   const Settings& beta = settings.part("beta");                             // [objective.beta] name = "warm-up"
//   const Tensor factor = nn::factor(graph, {.steps = 4690}, beta);           // one real number, {}
//   Part{.key = "schedule", .value = "constant", .meaning = "...", .rows = nn::schedules().view()}
//   const Tensor all = nn::factor(graph, site, settings.parts("schedule"));   // of a list: their product
//
// In a graph that does not train there are no steps.  There a factor is the largest that its schedule comes to: what
// rises has risen, what falls has not begun to.  So a term is weighed in full where a model is evaluated.
//
// A schedule may follow the validation loss instead of the step (plateau): it reads what the loop tells (feedback.h)
// and keeps its state in variables "training.<path of its settings>....", which are part of every checkpoint.
#pragma once

#include <span>
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
  bool follows_validation = false;                // and not the step alone
};

// constant, linear, cosine, warm-up, cyclical, stages, plateau.
const Registry<ScheduleRow>& schedules();

// For places whose factor is known from the step alone: schedules().view(follows_the_step).
bool follows_the_step(const ScheduleRow& row);

// Of the row that the settings are of.  ConfigError for settings that do not fit.
Tensor factor(Graph& graph, const ScheduleSite& site, const Settings& schedule);
// The product of those of a list; a warm-up in front of another schedule is one.
Tensor factor(Graph& graph, const ScheduleSite& site, std::span<const Settings> list);

// Whether a factor is the number 1 whatever the step: what it would multiply can be left as it is.
bool is_one(Tensor factor);

}  // namespace elbo::nn
