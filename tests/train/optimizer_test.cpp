// Each optimizer against its recurrence written out in double precision.
#include "elbo/train/optimizer.h"

#include <cmath>
#include <cstring>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::train {
namespace {

constexpr int kSteps = 40;

// The loss sum(a (w - c)^2 / 2) has the gradient a (w - c).  The numbers are exact in f32, which constants are held in.
const std::vector<double> kCurvature = {1, 0.125, 5}, kMinimum = {1, -2, 0.5}, kStart = {0, 0, 3};

// An optimizer by name, with "key=value" of its settings.
Settings optimizer(const std::string& name, const std::vector<std::string>& assignments = {}) {
  return Settings::of(view_of(optimizers().find(name)), assignments);
}

struct Problem {
  VariablePtr w = make_variable("w", Array::of<double>({3}, kStart).cast(DType::kF32));
  Graph graph{GraphMode::kTraining};

  explicit Problem(const Settings& settings, int64_t steps = kSteps) {
    const Tensor a = graph.constant(Array::of<double>({3}, kCurvature));
    const Tensor c = graph.constant(Array::of<double>({3}, kMinimum));
    const Tensor gradient = a * (graph.variable(w) - c);
    graph.update(apply_optimizer(settings, {.steps = steps}, {{w, gradient}}));
    graph.output("w", graph.variable(w));
  }
};

// Where all elements are after kSteps, by the compiled step and by the interpreter in f64.
void expect_ends_at(const std::vector<double>& expected, const Settings& settings, int64_t steps) {
  Problem exact(settings, steps);
  Interpreter interpreter(exact.graph, {.precision = Precision::kF64});
  for (int t = 0; t < kSteps; ++t) interpreter.run({}, {.step = static_cast<uint64_t>(t)});
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(interpreter.variable(exact.w.get())[i], expected[i], 1e-9);

  Problem fast(settings, steps);
  const Executable step = compile(fast.graph);
  for (int t = 0; t < kSteps; ++t) step.run({.step = static_cast<uint64_t>(t)});
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(static_cast<double>(fast.w->value.values<float>()[i]), expected[i], 1e-4);
  }
}

// Rule: (weight, gradient, step from 1 on) -> the weight after it, with a state of its own for each element.
template <typename MakeRule>
void expect_follows_weights(const Settings& settings, MakeRule make_rule, int64_t steps = kSteps) {
  std::vector<double> expected = kStart;
  for (size_t i = 0; i < 3; ++i) {
    auto rule = make_rule();
    for (int t = 1; t <= kSteps; ++t) {
      expected[i] = rule(expected[i], kCurvature[i] * (expected[i] - kMinimum[i]), t);
    }
  }
  expect_ends_at(expected, settings, steps);
}

// Rule: (gradient, step from 1 on) -> what is subtracted.
template <typename MakeRule>
void expect_follows(const Settings& settings, MakeRule make_rule, int64_t steps = kSteps) {
  expect_follows_weights(
      settings, [&] { return [rule = make_rule()](double w, double g, int t) mutable { return w - rule(g, t); }; },
      steps);
}

TEST(Optimizer, AdamFollowsAlgorithm1) {
  const double rate = 0.05, beta1 = 0.8, beta2 = 0.99, epsilon = 1e-6;
  expect_follows(optimizer("adam", {"learning_rate=0.05", "beta1=0.8", "beta2=0.99", "epsilon=1e-6"}), [&] {
    return [&, m = 0.0, v = 0.0](double g, int t) mutable {
      m = beta1 * m + (1 - beta1) * g;
      v = beta2 * v + (1 - beta2) * g * g;
      return rate * (m / (1 - std::pow(beta1, t))) / (std::sqrt(v / (1 - std::pow(beta2, t))) + epsilon);
    };
  });
}

TEST(Optimizer, AdamWithoutMomentsDividesByTheGradientsSize) {
  expect_follows(optimizer("adam", {"learning_rate=0.01", "beta1=0", "beta2=0", "epsilon=1e-3"}),
                 [] { return [](double g, int) { return 0.01 * g / (std::abs(g) + 1e-3); }; });
}

// Loshchilov & Hutter, algorithm 2: the weights shrink, the moments do not see it.  As torch.optim.AdamW: the shrinking
// follows the learning rate and its schedule.
TEST(Optimizer, AdamWShrinksWeightsBesideTheirSteps) {
  const std::vector<std::string> settings{"learning_rate=0.05", "beta1=0.8", "beta2=0.99", "epsilon=1e-6",
                                          "weight_decay=0.3"};
  for (const bool staged : {false, true}) {
    std::vector<std::string> all = settings;
    if (staged) all.insert(all.end(), {"schedule=stages", "schedule.shares=[0.25]", "schedule.factors=[1, 0.5]"});
    expect_follows_weights(optimizer("adamw", all), [&] {
      return [&, m = 0.0, v = 0.0](double w, double g, int t) mutable {
        m = 0.8 * m + 0.2 * g;
        v = 0.99 * v + 0.01 * g * g;
        const double rate = 0.05 * (staged && t - 1 >= 10 ? 0.5 : 1);
        return w * (1 - rate * 0.3) -
               rate * (m / (1 - std::pow(0.8, t))) / (std::sqrt(v / (1 - std::pow(0.99, t))) + 1e-6);
      };
    });
  }
}

// Section 7.1, with epsilon within the maximum, as torch.optim.Adamax has it.
TEST(Optimizer, AdamaxDividesByTheLargestGradientThatFadingLeaves) {
  expect_follows(optimizer("adamax", {"learning_rate=0.05", "beta1=0.8", "beta2=0.9", "epsilon=0.01"}), [] {
    return [m = 0.0, u = 0.0](double g, int t) mutable {
      m = 0.8 * m + 0.2 * g;
      u = std::max(0.9 * u, std::abs(g) + 0.01);
      return 0.05 / (1 - std::pow(0.8, t)) * m / u;
    };
  });
}

TEST(Optimizer, CosineScheduleTakesEveryOptimizersRateToZero) {
  constexpr double kPi = 3.14159265358979323846;
  for (const int64_t steps : {25, 40}) {  // at 25 of kSteps the rest stands still
    expect_follows(
        optimizer("sgd", {"learning_rate=0.1", "schedule=cosine"}),
        [&] {
          return [&](double g, int t) {
            const double done = std::min<double>(t - 1, static_cast<double>(steps));
            return 0.1 * g * (1 + std::cos(kPi * done / static_cast<double>(steps))) / 2;
          };
        },
        steps);
  }
  expect_follows(
      optimizer("rmsprop", {"learning_rate=0.05", "schedule=cosine"}),
      [&] {
        return [&, v = 0.0](double g, int t) mutable {
          v = 0.99 * v + (1 - 0.99) * g * g;
          const double factor = (1 + std::cos(kPi * std::min<double>(t - 1, 30) / 30)) / 2;
          return 0.05 * factor * g / (std::sqrt(v) + 1e-8);
        };
      },
      30);
}

// The moments of Adam do not see the schedule: its factor is one of the rate alone.
TEST(Optimizer, AScheduleWithSettingsOfItsOwnScalesTheRate) {
  expect_follows(
      optimizer("adam",
                {"learning_rate=0.05", "schedule=stages", "schedule.shares=[0.25]", "schedule.factors=[1, 0.5]"}),
      [] {
        return [m = 0.0, v = 0.0](double g, int t) mutable {
          m = 0.9 * m + 0.1 * g;
          v = 0.999 * v + 0.001 * g * g;
          const double step = 0.05 * (m / (1 - std::pow(0.9, t))) / (std::sqrt(v / (1 - std::pow(0.999, t))) + 1e-8);
          return (t - 1 < 10 ? 1 : 0.5) * step;
        };
      });
}

TEST(Optimizer, SgdFollowsTheGradient) {
  expect_follows(optimizer("sgd", {"learning_rate=0.1"}), [] { return [](double g, int) { return 0.1 * g; }; });
}

TEST(Optimizer, SgdKeepsMomentum) {
  expect_follows(optimizer("sgd", {"learning_rate=0.05", "momentum=0.8"}), [] {
    return [b = 0.0](double g, int) mutable {
      b = 0.8 * b + g;
      return 0.05 * b;
    };
  });
}

TEST(Optimizer, RmsPropDividesByTheRunningRoot) {
  expect_follows(optimizer("rmsprop", {"learning_rate=0.02", "epsilon=1e-6", "decay=0.9"}), [] {
    return [v = 0.0](double g, int) mutable {
      v = 0.9 * v + (1 - 0.9) * g * g;
      return 0.02 * g / (std::sqrt(v) + 1e-6);
    };
  });
}

// The same bits, as long as the factor is 1: no rounding of a way that is taken in full.
TEST(Optimizer, AConstantScheduleAddsNothing) {
  Problem by_name(optimizer("adam", {}));
  Graph direct(GraphMode::kTraining);
  const VariablePtr w = make_variable("w", Array::of<double>({3}, kStart).cast(DType::kF32));
  const Tensor gradient = direct.constant(Array::of<double>({3}, kCurvature)) *
                          (direct.variable(w) - direct.constant(Array::of<double>({3}, kMinimum)));
  direct.update(Adam{}.apply({{w, gradient}}));
  const Executable a = compile(by_name.graph), b = compile(direct);
  for (uint64_t t = 0; t < kSteps; ++t) {
    a.run({.step = t});
    b.run({.step = t});
  }
  EXPECT_EQ(std::memcmp(w->value.data(), by_name.w->value.data(), w->value.bytes()), 0);
}

// Nothing that a row declares is left unread: each setting changes where some steps lead.
TEST(Optimizer, EverySettingOfEveryRowChangesTheUpdates) {
  const auto after = [](const Settings& settings) {
    Problem problem(settings);
    Interpreter interpreter(problem.graph, {.precision = Precision::kF64});
    for (uint64_t t = 0; t < 5; ++t) interpreter.run({}, {.step = t});
    return interpreter.variable(problem.w.get());
  };
  for (const OptimizerRow* row : optimizers().rows()) {
    const std::vector<double> standard = after(optimizer(std::string(row->name), {}));
    for (const Option& option : row->settings) {
      const std::string other = option.key + (option.key == "schedule" ? "=cosine"
                                              : option.key == "clip"   ? "=value"
                                                                       : "=0.25");
      EXPECT_NE(after(optimizer(std::string(row->name), {other})), standard) << row->name << "." << option.key;
    }
  }
}

// As a configuration says it.
TEST(Optimizer, StandsInAPlaceThatRefusesSettingsOfAnother) {
  const std::vector<Option> place{optimizer_part()};
  EXPECT_EQ(Settings::of(place).part("optimizer").name(), "adam");
  EXPECT_EQ(Settings::of(place, {"optimizer=sgd", "optimizer.momentum=0.5"}).number("optimizer.momentum"), 0.5);
  EXPECT_EQ(Settings::of(place, {"optimizer.schedule=cosine"}).part("optimizer.schedule").name(), "cosine");
  const auto refusal_of = [&](const std::string& assignment) -> std::string {
    try {
      Settings::of(place, {assignment});
    } catch (const ConfigError& error) {
      return error.what();
    }
    return {};
  };
  EXPECT_EQ(refusal_of("optimizer.momentum=0.5"),
            "--set optimizer.momentum=0.5: optimizer \"adam\" has no such setting; sgd has");
  EXPECT_EQ(refusal_of("optimizer=adm"),
            "--set optimizer=adm: must be one of adam, adamw, adamax, sgd, rmsprop (did you mean adam?)");
}

TEST(Optimizer, NeedsAGraphThatTrains) {
  Graph graph;
  const VariablePtr w = make_variable("w", Array(DType::kF32, {3}));
  EXPECT_THROW(apply_optimizer(optimizer("adam", {}), {.steps = 1}, {{w, graph.variable(w)}}), ShapeError);
}

TEST(Optimizer, StateIsNamedAfterTheParameterAndNotTrained) {
  Problem problem(optimizer("adam", {}));
  std::vector<std::string> names;
  for (const VariablePtr& variable : problem.graph.variables()) {
    names.push_back(variable->name);
    EXPECT_EQ(variable->trainable, variable->name == "w");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"w", "adam.m.w", "adam.v.w"}));
}

}  // namespace
}  // namespace elbo::train
