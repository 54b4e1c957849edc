// Each optimizer against its recurrence written out in double precision.
#include "elbo/train/optimizer.h"

#include <cmath>
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

struct Problem {
  VariablePtr w = make_variable("w", Array::of<double>({3}, kStart).cast(DType::kF32));
  Graph graph;

  explicit Problem(const OptimizerOptions& options) {
    const Tensor a = graph.constant(Array::of<double>({3}, kCurvature));
    const Tensor c = graph.constant(Array::of<double>({3}, kMinimum));
    const Tensor gradient = a * (graph.variable(w) - c);
    graph.update(apply_optimizer(options, {{w, gradient}}));
    graph.output("w", graph.variable(w));
  }
};

// Rule: (gradient, step from 1 on) -> what is subtracted, with a state of its own for each element.
template <typename MakeRule>
void expect_follows(const OptimizerOptions& options, MakeRule make_rule) {
  std::vector<double> expected = kStart;
  for (size_t i = 0; i < 3; ++i) {
    auto rule = make_rule();
    for (int t = 1; t <= kSteps; ++t) expected[i] -= rule(kCurvature[i] * (expected[i] - kMinimum[i]), t);
  }
  Problem exact(options);
  Interpreter interpreter(exact.graph, {.precision = Precision::kF64});
  for (int t = 0; t < kSteps; ++t) interpreter.run({}, {});
  for (size_t i = 0; i < 3; ++i) EXPECT_NEAR(interpreter.variable(exact.w.get())[i], expected[i], 1e-9);

  Problem fast(options);
  const Executable step = compile(fast.graph);
  for (int t = 0; t < kSteps; ++t) step.run();
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(static_cast<double>(fast.w->value.values<float>()[i]), expected[i], 1e-4);
  }
}

TEST(Optimizer, AdamFollowsAlgorithm1) {
  const OptimizerOptions o{.name = "adam", .learning_rate = 0.05, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8};
  expect_follows(o, [&] {
    return [&, m = 0.0, v = 0.0](double g, int t) mutable {
      m = o.beta1 * m + (1 - o.beta1) * g;
      v = o.beta2 * v + (1 - o.beta2) * g * g;
      return o.learning_rate * (m / (1 - std::pow(o.beta1, t))) /
             (std::sqrt(v / (1 - std::pow(o.beta2, t))) + o.epsilon);
    };
  });
}

TEST(Optimizer, AdamWithoutMomentsDividesByTheGradientsSize) {
  const OptimizerOptions o{.name = "adam", .learning_rate = 0.01, .beta1 = 0, .beta2 = 0, .epsilon = 1e-3};
  expect_follows(o, [&] { return [&](double g, int) { return o.learning_rate * g / (std::abs(g) + o.epsilon); }; });
}

TEST(Optimizer, CosineScheduleTakesEveryOptimizersRateToZero) {
  constexpr double kPi = 3.14159265358979323846;
  for (const int64_t steps : {25, 40}) {  // at 25 of kSteps the rest stands still
    const OptimizerOptions sgd{.name = "sgd", .learning_rate = 0.1, .cosine_steps = steps};
    expect_follows(sgd, [&] {
      return [&](double g, int t) {
        return sgd.learning_rate * g * (1 + std::cos(kPi * std::min<double>(t - 1, steps) / steps)) / 2;
      };
    });
  }
  const OptimizerOptions rmsprop{.name = "rmsprop", .learning_rate = 0.05, .cosine_steps = 30};
  expect_follows(rmsprop, [&] {
    return [&, v = 0.0](double g, int t) mutable {
      v = rmsprop.decay * v + (1 - rmsprop.decay) * g * g;
      const double factor = (1 + std::cos(kPi * std::min<double>(t - 1, 30) / 30)) / 2;
      return rmsprop.learning_rate * factor * g / (std::sqrt(v) + rmsprop.epsilon);
    };
  });
}

TEST(Optimizer, SgdFollowsTheGradient) {
  const OptimizerOptions o{.name = "sgd", .learning_rate = 0.1};
  expect_follows(o, [&] { return [&](double g, int) { return o.learning_rate * g; }; });
}

TEST(Optimizer, SgdKeepsMomentum) {
  const OptimizerOptions o{.name = "sgd", .learning_rate = 0.05, .momentum = 0.8};
  expect_follows(o, [&] {
    return [&, b = 0.0](double g, int) mutable {
      b = o.momentum * b + g;
      return o.learning_rate * b;
    };
  });
}

TEST(Optimizer, RmsPropDividesByTheRunningRoot) {
  const OptimizerOptions o{.name = "rmsprop", .learning_rate = 0.02, .epsilon = 1e-6, .decay = 0.9};
  expect_follows(o, [&] {
    return [&, v = 0.0](double g, int) mutable {
      v = o.decay * v + (1 - o.decay) * g * g;
      return o.learning_rate * g / (std::sqrt(v) + o.epsilon);
    };
  });
}

TEST(Optimizer, StateIsNamedAfterTheParameterAndNotTrained) {
  Problem problem({.name = "adam"});
  std::vector<std::string> names;
  for (const VariablePtr& variable : problem.graph.variables()) {
    names.push_back(variable->name);
    EXPECT_EQ(variable->trainable, variable->name == "w");
  }
  EXPECT_EQ(names, (std::vector<std::string>{"w", "adam.step", "adam.m.w", "adam.v.w"}));
}

TEST(Optimizer, AnUnknownNameListsTheKnownOnes) {
  try {
    apply_optimizer({.name = "adm"}, {});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "unknown optimizer \"adm\"; known: adam, sgd, rmsprop (did you mean adam?)");
  }
}

}  // namespace
}  // namespace elbo::train
