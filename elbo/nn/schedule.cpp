#include "elbo/nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/feedback.h"
#include "elbo/settings/error.h"

namespace elbo::nn {

namespace {

double full_one(const Settings&) {
  return 1;
}

// So many steps as are a share of all, at least 1.
double steps_of_share(const ScheduleSite& site, double share) {
  return static_cast<double>(std::max<int64_t>(1, std::llround(share * static_cast<double>(site.steps))));
}

// From `first` at step 0 to `last` at `steps`, and `last` from then on.
Tensor ramp(Graph& graph, double first, double last, double steps) {
  return first + minimum(step_number(graph), steps) * ((last - first) / steps);
}

Option share_setting(double value, const char* meaning) {
  return Number{.key = "share", .value = value, .meaning = meaning, .limits = {.above = 0, .at_most = 1}};
}

const ScheduleRow kConstantSchedule{
    .name = "constant",
    .description = "1 throughout",
    .paper = {},
    .settings = {},
    .while_training = [](Graph& graph, const ScheduleSite&, const Settings&) { return graph.constant(1.0); },
    .otherwise = full_one};

const ScheduleRow kLinear{
    .name = "linear",
    .description = "from one factor to another in a straight line",
    .paper = {},
    .settings = {Number{.key = "first", .value = 1, .meaning = "factor of the first step", .limits = {.at_least = 0}},
                 Number{.key = "last", .value = 0, .meaning = "factor at the end, kept", .limits = {.at_least = 0}},
                 share_setting(1, "share of the training after which the end is reached")},
    .while_training =
        [](Graph& graph, const ScheduleSite& site, const Settings& settings) {
          return ramp(graph, settings.number("first"), settings.number("last"),
                      steps_of_share(site, settings.number("share")));
        },
    .otherwise = [](const Settings& settings) { return std::max(settings.number("first"), settings.number("last")); }};

const ScheduleRow kCosine{.name = "cosine",
                          .description = "from 1 to 0 over the training, as half a wave of the cosine",
                          .paper = "Loshchilov & Hutter (2017), eq. 5, without restarts",
                          .settings = {},
                          .while_training =
                              [](Graph& graph, const ScheduleSite& site, const Settings&) {
                                const auto steps = static_cast<double>(site.steps);
                                return 0.5 + 0.5 * cos(minimum(step_number(graph), steps) * (std::numbers::pi / steps));
                              },
                          .otherwise = full_one};

const ScheduleRow kWarmUp{.name = "warm-up",
                          .description = "up to 1 in a straight line, over the first part of the training",
                          .paper = "Bowman et al. (2016); Sønderby et al. (2016)",
                          .settings = {Number{.key = "first",
                                              .value = 0,
                                              .meaning = "factor of the first step",
                                              .limits = {.at_least = 0, .at_most = 1}},
                                       share_setting(0.1, "share of the training after which the factor is 1")},
                          .while_training =
                              [](Graph& graph, const ScheduleSite& site, const Settings& settings) {
                                return ramp(graph, settings.number("first"), 1,
                                            steps_of_share(site, settings.number("share")));
                              },
                          .otherwise = full_one};

const ScheduleRow kCyclical{.name = "cyclical",
                            .description = "cycles that each rise from 0 to 1 and stay there for the rest of it",
                            .paper = "Fu et al. (2019), eq. 6 and 7",
                            .settings = {Integer{.key = "cycles",
                                                 .value = 4,
                                                 .meaning = "how many there are in the training",
                                                 .limits = {.at_least = 1, .at_most = 100'000}},
                                         Number{.key = "rising",
                                                .value = 0.5,
                                                .meaning = "share of a cycle in which the factor rises",
                                                .limits = {.above = 0, .at_most = 1}}},
                            .while_training =
                                [](Graph& graph, const ScheduleSite& site, const Settings& settings) {
                                  const int64_t cycles = settings.integer("cycles");
                                  const int64_t period = (site.steps + cycles - 1) / cycles;
                                  const double rising = settings.number("rising") * static_cast<double>(period);
                                  return minimum(step_in_period(graph, period) * (1 / rising), 1.0);
                                },
                            .otherwise = full_one};

const ScheduleRow kStages{
    .name = "stages",
    .description = "one factor after the other, each kept for a part of the training",
    .paper = {},
    .settings = {Numbers{.key = "shares",
                         .value = {0.5, 0.75},
                         .meaning = "shares of the training after which the next factor begins, rising",
                         .limits = {.above = 0, .below = 1}},
                 Numbers{.key = "factors",
                         .value = {1, 0.1, 0.01},
                         .meaning = "the factors, one more than shares",
                         .limits = {.at_least = 0}}},
    .while_training =
        [](Graph& graph, const ScheduleSite& site, const Settings& settings) {
          const std::vector<double>&shares = settings.numbers("shares"), &factors = settings.numbers("factors");
          const Tensor step = step_number(graph);
          Tensor result = graph.constant(factors.front());
          for (size_t i = 0; i < shares.size(); ++i) {
            result = select(less(step, steps_of_share(site, shares[i])), result, factors[i + 1]);
          }
          return result;
        },
    .otherwise =
        [](const Settings& settings) {
          const std::vector<double>&shares = settings.numbers("shares"), &factors = settings.numbers("factors");
          if (factors.size() != shares.size() + 1) {
            settings.refuse("factors", "must be one more than the " + std::to_string(shares.size()) + " shares");
          }
          if (!std::is_sorted(shares.begin(), shares.end())) settings.refuse("shares", "must rise");
          return *std::max_element(factors.begin(), factors.end());
        }};

// What was told is taken in by the first step after it, which goes by the new factor already.
Tensor plateau(Graph& graph, const ScheduleSite& /*site*/, const Settings& settings) {
  const Feedback told = feedback(graph);
  const auto kept = [&](const char* name, double first_value) {
    const std::string& path = settings.path();
    return training_variable(graph, (path.empty() ? "plateau" : path) + "." + name, first_value);
  };
  const VariablePtr seen = kept("seen", 0), best = kept("best", 0), since = kept("since", 0),
                    factor = kept("factor", 1);
  const Tensor before = graph.variable(seen), lowest = graph.variable(best), now = graph.variable(factor);
  const Tensor is_new = less(before, told.evaluations);
  const Tensor is_better = maximum(less(before, 0.5), less(told.loss, lowest - settings.number("gain")));
  const Tensor without = select(is_better, 0.0, graph.variable(since) + 1.0);
  const Tensor falls = less(static_cast<double>(settings.integer("patience")) - 0.5, without);
  const Tensor lower = minimum(now, maximum(now * settings.number("factor"), settings.number("smallest")));
  const Tensor result = select(is_new, select(falls, lower, now), now);
  graph.update(seen, told.evaluations);
  graph.update(best, select(is_new, select(is_better, told.loss, lowest), lowest));
  graph.update(since, select(is_new, select(falls, 0.0, without), graph.variable(since)));
  graph.update(factor, result);
  return result;
}

const ScheduleRow kPlateau{
    .name = "plateau",
    .description = "falls each time the validation loss has stopped falling",
    .paper = "",
    .settings = {Number{.key = "factor",
                        .value = 0.1,
                        .meaning = "what it is multiplied by then",
                        .limits = {.above = 0, .below = 1}},
                 Integer{.key = "patience",
                         .value = 10,
                         .meaning = "evaluations without a better one after which it falls, and counts anew",
                         .unit = "evaluations",
                         .limits = {.at_least = 1, .at_most = 1'000'000}},
                 Number{.key = "gain",
                        .value = 0,
                        .meaning = "a loss counts as better when it is below the best by more than this",
                        .unit = "nats",
                        .limits = {.at_least = 0}},
                 Number{.key = "smallest",
                        .value = 0,
                        .meaning = "below which it does not fall",
                        .limits = {.at_least = 0, .at_most = 1}}},
    .while_training = plateau,
    .otherwise = full_one,
    .follows_validation = true};

}  // namespace

const Registry<ScheduleRow>& schedules() {
  static const Registry<ScheduleRow> all(
      "schedule", {&kConstantSchedule, &kLinear, &kCosine, &kWarmUp, &kCyclical, &kStages, &kPlateau});
  return all;
}

bool follows_the_step(const ScheduleRow& row) {
  return !row.follows_validation;
}

Tensor factor(Graph& graph, const ScheduleSite& site, const Settings& schedule) {
  const auto& row = schedule.row<ScheduleRow>();
  if (site.steps < 1) {
    throw ConfigError("schedule " + std::string(row.name) + ": a training of " + std::to_string(site.steps) +
                      " steps; at least 1 is required");
  }
  const double full = row.otherwise(schedule);  // which checks the settings, too
  const Graph::ScopeGuard scope = graph.scope("schedule");
  return graph.training() ? row.while_training(graph, site, schedule) : graph.constant(full);
}

Tensor factor(Graph& graph, const ScheduleSite& site, std::span<const Settings> list) {
  Tensor product = graph.constant(1.0);
  for (const Settings& schedule : list) {
    const Tensor own = factor(graph, site, schedule);
    if (!is_one(own)) product = is_one(product) ? own : product * own;
  }
  return product;
}

bool is_one(Tensor factor) {
  const Node& node = factor.graph().node(factor.id());
  return node.op->name == "constant" && node.attributes.value == nullptr && node.attributes.numbers.size() == 1 &&
         node.attributes.numbers.front() == 1;
}

}  // namespace elbo::nn
