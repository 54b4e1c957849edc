// The step as a source node: its value in both ways of running a graph, and what passes may and may not do with it.
#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/graph_text.h"
#include "elbo/engine/ops.h"
#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

// What a graph of a step node alone shows, compiled.
float shown(const Executable& run, uint64_t step) {
  run.run({.seed = 1, .step = step});
  return run.output("y").values<float>()[0];
}

TEST(StepNumber, IsTheStepThatRuns) {
  Graph graph;
  graph.output("y", step_number(graph));
  const Executable compiled = compile(graph);
  Interpreter interpreter(graph), narrow(graph, {.precision = Precision::kF32});
  for (const uint64_t step : {0, 1, 2, 7, 1000, 999'983, (1 << 24) - 1, 1 << 24}) {
    EXPECT_EQ(static_cast<double>(shown(compiled, step)), static_cast<double>(step));
    EXPECT_EQ(interpreter.run({}, {.step = step}).at("y").values<double>()[0], static_cast<double>(step));
  }
  // From there on the nearest f32 number: even ones up to 2^25, then multiples of 4.
  const std::vector<std::pair<uint64_t, double>> nearest = {
      {(1 << 24) + 1, 16777216}, {(1 << 24) + 2, 16777218}, {(1 << 24) + 3, 16777220}, {(1 << 25) + 1, 33554432}};
  for (const auto& [step, value] : nearest) {
    EXPECT_EQ(static_cast<double>(shown(compiled, step)), value);
    EXPECT_EQ(narrow.run({}, {.step = step}).at("y").values<double>()[0], value);
    EXPECT_EQ(interpreter.run({}, {.step = step}).at("y").values<double>()[0], static_cast<double>(step));
  }
}

TEST(StepInPeriod, IsExactHoweverLongTheRun) {
  for (const int64_t period : {1, 2, 7, 1000, 1 << 24}) {
    Graph graph;
    graph.output("y", step_in_period(graph, period));
    const Executable compiled = compile(graph);
    Interpreter interpreter(graph);
    for (const uint64_t step : {uint64_t{0}, uint64_t{13}, (uint64_t{1} << 24) + 1, (uint64_t{1} << 60) + 12345}) {
      const auto expected = static_cast<double>(step % static_cast<uint64_t>(period));
      EXPECT_EQ(static_cast<double>(shown(compiled, step)), expected) << step << " in " << period;
      EXPECT_EQ(interpreter.run({}, {.step = step}).at("y").values<double>()[0], expected) << step << " in " << period;
    }
  }
}

// A learning rate that falls with the step reaches an update that is fused and runs in chunks.
TEST(StepNumber, ReachesKernelsAnewInEachStep) {
  const VariablePtr w = make_variable("w", Array(DType::kF32, {300, 40}));
  std::vector<double> truth(12000, 0.0);
  Graph graph(GraphMode::kTraining);
  const Tensor x = graph.input("x", {300, 40});
  const Tensor rate = 1.0 / (1.0 + step_number(graph));
  graph.update(w, graph.variable(w) - rate * (graph.variable(w) - x));
  const Executable step = compile(graph, {.threads = 2, .verify = true});
  auto values = step.input("x").values<float>();
  for (uint64_t t = 0; t < 20; ++t) {
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = std::sin(static_cast<float>(i + 1000 * t));
      truth[i] += static_cast<double>(values[i]);
    }
    step.run({.step = t});
  }
  // With rate 1 / (1 + t) the variable is the mean of what was seen.
  for (size_t i = 0; i < truth.size(); ++i) {
    ASSERT_NEAR(static_cast<double>(w->value.values<float>()[i]), truth[i] / 20, 1e-6);
  }
}

TEST(StepNumber, IsOneNodeHoweverOftenItIsAskedForAndNeverFolded) {
  Graph graph;
  graph.output("y", step_number(graph) + step_number(graph) * 2.0);
  graph.output("z", step_in_period(graph, 5) - step_in_period(graph, 3));
  const Executable run = compile(graph, {.verify = true});
  int nodes = 0;
  for (const Node& node : run.graph().nodes()) nodes += node.op->name == "step" ? 1 : 0;
  EXPECT_EQ(nodes, 3);
  for (const uint64_t step : {4, 11}) {
    run.run({.step = step});
    EXPECT_EQ(run.output("y").values<float>()[0], static_cast<float>(3 * step));
    EXPECT_EQ(run.output("z").values<float>()[0], static_cast<float>(step % 5) - static_cast<float>(step % 3));
  }
}

TEST(StepNumber, HasNoGradientOfItsOwnAndLetsOthersThrough) {
  Graph graph;
  const Tensor x = graph.input("x", {3}), t = step_number(graph);
  const Tensors grads = gradients(sum(square(t) * x), {x, t});
  graph.output("x", grads[0]);
  graph.output("t", grads[1]);  // as of any source: that of the function by its number
  Interpreter run(graph);
  const auto out = run.run({{"x", Array::of<double>({3}, {1, 2, 4})}}, {.step = 5});
  EXPECT_EQ(testing_ops::to_vector(out.at("x")), std::vector<double>(3, 25.0));
  EXPECT_EQ(testing_ops::to_vector(out.at("t")), std::vector<double>{70.0});
}

TEST(StepNumber, IsReadBackFromText) {
  Graph graph(GraphMode::kTraining);
  const Tensor step = step_number(graph), place = step_in_period(graph, 8);
  graph.output("y", step + place);
  const std::string text =
      "mode training\n"
      "%0 = step() {0} []\n"
      "%1 = step() {8} []\n"
      "%2 = add(%0, %1) []\n"
      "output \"y\" = %2\n";
  EXPECT_EQ(to_text(graph), text);
  const Graph again = graph_of_text(text);
  EXPECT_EQ(to_text(again), text);
  EXPECT_TRUE(again.training());
}

TEST(StepInPeriod, RefusesWhatIsNoPeriod) {
  Graph graph;
  const auto scope = graph.scope("schedule");
  for (const int64_t period : {0, -3}) {
    EXPECT_EQ(testing_ops::message_of([&] { step_in_period(graph, period); }),
              "step at schedule: the period is " + std::to_string(period) + ", it must be at least 1");
  }
}

}  // namespace
}  // namespace elbo
