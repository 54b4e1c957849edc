// Each schedule against its formula written out in double precision.
#include "elbo/nn/schedule.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <gtest/gtest.h>
#include <numbers>
#include <string>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/nn/feedback.h"
#include "elbo/settings/error.h"

namespace elbo::nn {
namespace {

constexpr int64_t kSteps = 60;

const std::vector<Option>& place() {
  static const std::vector<Option> options{
      Part{.key = "schedule", .value = "constant", .meaning = "a factor", .rows = schedules().view()}};
  return options;
}

Settings schedule(const std::string& name, const std::vector<std::string>& assignments = {}) {
  std::vector<std::string> all{"schedule=" + name};
  for (const std::string& assignment : assignments) all.push_back("schedule." + assignment);
  return Settings::of(place(), all).part("schedule");
}

// Of the steps 0 .. 2 kSteps - 1 of a training of kSteps.
std::vector<double> factors(const Settings& settings, GraphMode mode = GraphMode::kTraining) {
  Graph graph(mode);
  graph.output("factor", factor(graph, {.steps = kSteps}, settings));
  Interpreter interpreter(graph, {.precision = Precision::kF64});
  const Executable fast = compile(graph);
  std::vector<double> result;
  for (int64_t step = 0; step < 2 * kSteps; ++step) {
    const StepContext context{.step = static_cast<uint64_t>(step)};
    result.push_back(interpreter.run({}, context).at("factor").values<double>()[0]);
    fast.run(context);
    EXPECT_NEAR(static_cast<double>(fast.output("factor").values<float>()[0]), result.back(), 1e-6);
  }
  return result;
}

void expect_follows(const Settings& settings, const std::function<double(double step)>& formula) {
  const std::vector<double> all = factors(settings);
  for (size_t step = 0; step < all.size(); ++step) {
    EXPECT_NEAR(all[step], formula(static_cast<double>(step)), 1e-12) << settings.name() << ", step " << step;
  }
}

TEST(Schedule, FollowsItsFormula) {
  const double n = kSteps;
  expect_follows(schedule("constant"), [](double) { return 1.0; });
  expect_follows(schedule("linear"), [&](double t) { return t < n ? 1 - t / n : 0; });
  expect_follows(schedule("linear", {"first=0.5", "last=2", "share=0.5"}),
                 [&](double t) { return t < n / 2 ? 0.5 + 1.5 * t / (n / 2) : 2; });
  expect_follows(schedule("cosine"),
                 [&](double t) { return (1 + std::cos(std::numbers::pi * std::min(t, n) / n)) / 2; });
  expect_follows(schedule("warm-up"), [&](double t) { return std::min(1.0, t / 6); });
  expect_follows(schedule("warm-up", {"first=0.01", "share=0.25"}),
                 [&](double t) { return t < 15 ? 0.01 + 0.99 * t / 15 : 1; });
  expect_follows(schedule("stages", {"shares=[0.5, 0.75]", "factors=[1, 0.1, 3]"}), [&](double t) {
    return t < 30 ? 1 : t < 45 ? 0.1 : 3;
  });
}

// Fu et al., eq. 6 and 7: with M cycles of T / M steps, tau the part of the cycle that is over, min(tau / R, 1).
TEST(Schedule, CyclesBeginAnewAndStayUp) {
  expect_follows(schedule("cyclical", {"cycles=3", "rising=0.25"}),
                 [](double t) { return std::min(1.0, std::fmod(t, 20) / 20 / 0.25); });
  expect_follows(schedule("cyclical"), [](double t) { return std::min(1.0, std::fmod(t, 15) / 15 / 0.5); });
}

// Not a step of a training: what rises has risen, what falls has not begun to.
TEST(Schedule, IsInFullWhereNothingTrains) {
  for (const ScheduleRow* row : schedules().rows()) {
    const Settings standard = schedule(std::string(row->name));
    const std::vector<double> training = factors(standard), otherwise = factors(standard, GraphMode::kEvaluation);
    EXPECT_EQ(otherwise.front(), *std::max_element(training.begin(), training.end())) << row->name;
    EXPECT_EQ(otherwise.front(), otherwise.back()) << row->name;
  }
  EXPECT_EQ(factors(schedule("linear", {"first=0.5", "last=2"}), GraphMode::kEvaluation).front(), 2);
  EXPECT_EQ(factors(schedule("stages", {"shares=[0.5]", "factors=[0.1, 0.2]"}), GraphMode::kEvaluation).front(), 0.2);
}

// The factors of 3 steps after each of these evaluations, and of 3 before the first; by the compiled graph.
std::vector<double> plateau_factors(const Settings& settings, const std::vector<double>& losses) {
  Graph graph(GraphMode::kTraining);
  graph.output("factor", factor(graph, {.steps = kSteps}, settings));
  const Executable step = compile(graph);
  std::vector<double> result;
  for (size_t evaluation = 0; evaluation <= losses.size(); ++evaluation) {
    if (evaluation > 0) tell(graph.variables(), losses[evaluation - 1]);
    for (int i = 0; i < 3; ++i) {
      step.run({.step = result.size()});
      result.push_back(static_cast<double>(step.output("factor").values<float>()[0]));
    }
  }
  return result;
}

// The rule written out.
std::vector<double> plateau_rule(const std::vector<double>& losses, double falls_to, int patience, double gain,
                                 double smallest) {
  double now = 1, best = 0;
  int since = 0;
  std::vector<double> result(3, 1.0);
  for (size_t i = 0; i < losses.size(); ++i) {
    const bool better = i == 0 || losses[i] < best - gain;
    if (better) best = losses[i];
    since = better ? 0 : since + 1;
    if (since >= patience) {
      now = std::max(now * falls_to, smallest);
      since = 0;
    }
    result.insert(result.end(), 3, now);
  }
  return result;
}

TEST(Schedule, PlateauFallsWhereTheValidationLossHasStoppedFalling) {
  const std::vector<double> losses{-1,   -1.5, -1.4, -1.6,   -1.6, -1.55, -1.58, std::nan(""),
                                   -1.7, -1.7, -1.7, -1.705, -1.8, -1.75, 3e39,  -1.79};
  const auto expect_follows_rule = [&](const std::vector<std::string>& settings, double falls_to, int patience,
                                       double gain, double smallest) {
    std::vector<double> told = losses;
    for (double& loss : told) loss = std::isfinite(loss) ? loss : 1e38;
    const std::vector<double> expected = plateau_rule(told, falls_to, patience, gain, smallest);
    const std::vector<double> all = plateau_factors(schedule("plateau", settings), losses);
    ASSERT_EQ(all.size(), expected.size());
    for (size_t i = 0; i < all.size(); ++i) EXPECT_NEAR(all[i], expected[i], 1e-6) << "step " << i;
    EXPECT_LT(all.back(), 1);
  };
  expect_follows_rule({"patience=2"}, 0.1, 2, 0, 0);
  expect_follows_rule({"patience=1", "factor=0.5"}, 0.5, 1, 0, 0);
  expect_follows_rule({"patience=2", "factor=0.5", "gain=0.01"}, 0.5, 2, 0.01, 0);
  expect_follows_rule({"patience=2", "factor=0.5", "smallest=0.2"}, 0.5, 2, 0, 0.2);
}

TEST(Schedule, FactorsOfAListAreMultiplied) {
  static const std::vector<Option> options{
      Part{.key = "schedule", .value = "constant", .meaning = "a factor", .rows = schedules().view(), .chain = true}};
  const Settings settings = Settings::of(options, {"schedule=[\"warm-up\", \"cosine\"]"});
  Graph graph(GraphMode::kTraining);
  graph.output("factor", factor(graph, {.steps = kSteps}, settings.parts("schedule")));
  Interpreter interpreter(graph, {.precision = Precision::kF64});
  for (int64_t step = 0; step < kSteps; ++step) {
    const double t = static_cast<double>(step);
    const double expected = std::min(1.0, t / 6) * (1 + std::cos(std::numbers::pi * t / kSteps)) / 2;
    const auto run = interpreter.run({}, {.step = static_cast<uint64_t>(step)});
    EXPECT_NEAR(run.at("factor").values<double>()[0], expected, 1e-12) << step;
  }
  const Settings two = Settings::of(options, {"schedule=[\"constant\", \"constant\"]"});
  EXPECT_TRUE(is_one(factor(graph, {.steps = kSteps}, two.parts("schedule"))));
}

TEST(Schedule, EverySettingOfEveryRowChangesTheFactors) {
  EXPECT_NE(factors(schedule("linear", {"first=0.25"})), factors(schedule("linear")));
  EXPECT_NE(factors(schedule("linear", {"last=0.25"})), factors(schedule("linear")));
  EXPECT_NE(factors(schedule("linear", {"share=0.25"})), factors(schedule("linear")));
  EXPECT_NE(factors(schedule("warm-up", {"first=0.25"})), factors(schedule("warm-up")));
  EXPECT_NE(factors(schedule("warm-up", {"share=0.25"})), factors(schedule("warm-up")));
  EXPECT_NE(factors(schedule("cyclical", {"cycles=2"})), factors(schedule("cyclical")));
  EXPECT_NE(factors(schedule("cyclical", {"rising=0.25"})), factors(schedule("cyclical")));
}

TEST(Schedule, KnowsWhetherItIsOne) {
  Graph graph(GraphMode::kTraining);
  EXPECT_TRUE(is_one(factor(graph, {.steps = kSteps}, schedule("constant"))));
  EXPECT_FALSE(is_one(factor(graph, {.steps = kSteps}, schedule("cosine"))));
  EXPECT_FALSE(is_one(graph.constant(2.0)));
  EXPECT_FALSE(is_one(graph.constant(Array::of<float>({2}, {1, 1}))));
}

template <typename Action>
std::string refusal_of(Action action) {
  try {
    action();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return {};
}

TEST(Schedule, RefusesSettingsThatDoNotFitEachOther) {
  Graph graph(GraphMode::kTraining);
  EXPECT_EQ(refusal_of([&] { factor(graph, {.steps = 10}, schedule("stages", {"factors=[1, 0.5]"})); }),
            "--set schedule.factors=[1, 0.5]: must be one more than the 2 shares");
  EXPECT_EQ(refusal_of([&] { factor(graph, {.steps = 10}, schedule("stages", {"shares=[0.5, 0.25]"})); }),
            "--set schedule.shares=[0.5, 0.25]: must rise");
  EXPECT_EQ(refusal_of([&] { factor(graph, {.steps = 0}, schedule("cosine")); }),
            "schedule cosine: a training of 0 steps; at least 1 is required");
}

}  // namespace
}  // namespace elbo::nn
