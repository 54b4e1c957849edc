// The scale that suits a batch best, and its running mean.
#include "elbo/models/places/optimal_scale.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

const std::vector<double> kValues{0.5, -1, 2, 0.25, 1, 1}, kLocations{0, -0.5, 1, 0, 0.5, 2};

double mean_square_of(const std::vector<double>& values, const std::vector<double>& locations) {
  double total = 0;
  for (size_t i = 0; i < values.size(); ++i) total += std::pow(values[i] - locations[i], 2);
  return total / static_cast<double>(values.size());
}

// -½ n (log 2πσ² + 1) of the whole batch, which no other scale exceeds.
TEST(OptimalScale, OfABatchIsTheRootOfItsMeanSquaredError) {
  const VariablePtr variable = make_variable("mean_square", Array::of<float>({1}, {9}));
  Graph graph{GraphMode::kTraining};
  const Tensor loc = graph.input("loc", {3, 2}), x = graph.constant(Array::of<double>({3, 2}, kValues));
  const prob::Distribution d = OptimalScaleNormal{.loc = loc, .mean_square = variable};
  const Tensor total = sum(d.log_prob(x));
  graph.output("total", total);
  graph.output("by", gradients(total, {loc})[0]);
  const auto at = [&](const std::vector<double>& locations) {
    return Interpreter(graph).run({{"loc", Array::of<double>({3, 2}, locations)}});
  };
  const auto exact = [](const std::vector<double>& locations) {
    return -3 * (std::log(2 * std::numbers::pi * mean_square_of(kValues, locations)) + 1);
  };
  const auto out = at(kLocations);
  EXPECT_NEAR(values_of(out.at("total"))[0], exact(kLocations), 1e-12);
  for (size_t i = 0; i < 6; ++i) {
    std::vector<double> up = kLocations, down = kLocations;
    up[i] += 1e-5;
    down[i] -= 1e-5;
    EXPECT_NEAR(values_of(out.at("by"))[i], (exact(up) - exact(down)) / 2e-5, 1e-8) << i;
  }
  for (const double factor : {0.9, 1.1}) {
    Graph other;
    const double scale = factor * std::sqrt(mean_square_of(kValues, kLocations));
    other.output("total", sum(prob::Normal{.loc = other.constant(Array::of<double>({3, 2}, kLocations)),
                                           .scale = other.constant(scale)}
                                  .log_prob(other.constant(Array::of<double>({3, 2}, kValues)))));
    EXPECT_LT(values_of(Interpreter(other).run({}).at("total"))[0], exact(kLocations));
  }
}

TEST(OptimalScale, FollowsTheBatchesAndIsKept) {
  const VariablePtr variable = make_variable("mean_square", Array::of<float>({1}, {9}));
  Graph step{GraphMode::kTraining};
  const prob::Distribution d =
      OptimalScaleNormal{.loc = step.constant(Array::of<double>({3, 2}, kLocations)), .mean_square = variable};
  const Tensor x = step.input("x", {3, 2});
  step.output("followed", d.log_prob(x));
  step.output("not followed", d.log_prob(2 * x));
  ASSERT_EQ(step.updates().size(), 1U);
  Interpreter run(step);
  const double first = mean_square_of(kValues, kLocations);
  run.run({{"x", Array::of<double>({3, 2}, kValues)}}, {.step = 0});
  EXPECT_NEAR(run.variable(variable.get())[0], first, 1e-6);  // of nothing else
  std::vector<double> others = kValues;
  for (double& value : others) value += 1;
  const double second = mean_square_of(others, kLocations);
  run.run({{"x", Array::of<double>({3, 2}, others)}}, {.step = 1});
  EXPECT_NEAR(run.variable(variable.get())[0], 0.5 * (first + second), 1e-6);  // the mean of both
  run.run({{"x", Array::of<double>({3, 2}, kValues)}}, {.step = 5000});
  EXPECT_NEAR(run.variable(variable.get())[0], 0.99 * 0.5 * (first + second) + 0.01 * first, 1e-6);

  variable->value.values<float>()[0] = 4;
  Graph graph;  // does not train: by what was kept, row by row
  const Tensor loc = graph.constant(Array::of<double>({3, 2}, kLocations));
  const Tensor value = graph.constant(Array::of<double>({3, 2}, kValues));
  const prob::Distribution known = OptimalScaleNormal{.loc = loc, .mean_square = variable, .floor = 0.5};
  graph.output("log_prob", known.log_prob(value));
  graph.output("expected", prob::Normal{.loc = loc, .scale = graph.constant(2.5)}.log_prob(value));
  EXPECT_TRUE(graph.updates().empty());
  const auto out = Interpreter(graph).run({});
  EXPECT_THAT(values_of(out.at("log_prob")),
              testing::Pointwise(testing::DoubleNear(1e-12), values_of(out.at("expected"))));
}

TEST(OptimalScale, IsForNormalLikelihoodsAlone) {
  const VaeModel built = built_vae(3, {"likelihood=normal", "likelihood.scale_from=optimal"});
  const VariablePtr variable = built.parameters().find("likelihood.mean_square");
  ASSERT_NE(variable, nullptr);
  EXPECT_EQ(variable->value.shape(), Shape{1});
  for (const VariablePtr& trained : built.parameters().trainable()) EXPECT_NE(trained, variable);
  EXPECT_THAT(message_of([] {
                built_vae(3, {"likelihood=laplace", "likelihood.scale_from=optimal"});
              }),
              testing::HasSubstr("\"optimal\" is for distribution \"normal\""));
  EXPECT_THAT(message_of([] {
                built_vae(3, {"likelihood=normal", "likelihood.scale_from=optimal", "likelihood.scale=softplus"});
              }),
              testing::HasSubstr("takes the scale from the errors"));
}

}  // namespace
}  // namespace elbo::models
