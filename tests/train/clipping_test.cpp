// Each clipping against its formula.
#include "elbo/train/clipping.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/train/optimizer.h"

namespace elbo::train {
namespace {

Settings clip_place(const std::vector<std::string>& assignments) {
  static const std::vector<Option> place{clipping_part()};
  return Settings::of(place, assignments);
}

// Two gradients of the common norm 13, as the clipping that is asked for leaves them.
std::vector<double> clipped_values(const std::vector<std::string>& assignments) {
  const Settings settings = clip_place(assignments);
  Graph graph(GraphMode::kTraining);
  const VariablePtr a = make_variable("a", Array(DType::kF32, {2})), b = make_variable("b", Array(DType::kF32, {}));
  const Gradients given{{a, graph.constant(Array::of<double>({2}, {3, -4}))}, {b, graph.constant(12.0)}};
  const Gradients tame = clipped(given, settings.parts("clip"));
  EXPECT_EQ(tame[0].variable, a);
  EXPECT_EQ(tame[1].variable, b);
  graph.output("a", tame[0].gradient);
  graph.output("b", tame[1].gradient);
  const auto run = Interpreter(graph, {.precision = Precision::kF64}).run({}, {});
  const auto of_a = run.at("a").values<double>();
  return {of_a[0], of_a[1], run.at("b").values<double>()[0]};
}

void expect_near(const std::vector<double>& values, const std::vector<double>& expected) {
  ASSERT_EQ(values.size(), expected.size());
  for (size_t i = 0; i < values.size(); ++i) EXPECT_NEAR(values[i], expected[i], 1e-12) << i;
}

// torch.nn.utils.clip_grad_norm_: times min(1, largest / (norm + 1e-6)).
TEST(Clipping, ByNormKeepsTheDirectionOfAllGradientsTogether) {
  const double factor = 6.5 / (13 + 1e-6);
  expect_near(clipped_values({"clip=norm", "clip.largest=6.5"}), {3 * factor, -4 * factor, 12 * factor});
  expect_near(clipped_values({"clip=norm", "clip.largest=14"}), {3, -4, 12});
  expect_near(clipped_values({"clip=norm"}), {3 * 5 / (13 + 1e-6), -4 * 5 / (13 + 1e-6), 12 * 5 / (13 + 1e-6)});
}

TEST(Clipping, ByValueBoundsEachElement) {
  expect_near(clipped_values({"clip=value", "clip.largest=3.5"}), {3, -3.5, 3.5});
  expect_near(clipped_values({"clip=value"}), {1, -1, 1});
}

TEST(Clipping, IsNoneWhereNothingIsSaid) {
  expect_near(clipped_values({}), {3, -4, 12});
  EXPECT_TRUE(clip_place({"clip=none"}).parts("clip").empty());
}

TEST(Clipping, LeavesGradientsOfZeroAlone) {
  Graph graph(GraphMode::kTraining);
  const VariablePtr w = make_variable("w", Array(DType::kF32, {2}));
  const Gradients tame = clipped({{w, zeros(graph, {2})}}, clip_place({"clip=norm", "clip.largest=1"}).parts("clip"));
  graph.output("g", tame[0].gradient);
  const Executable run = compile(graph);
  run.run({});
  for (const float value : run.output("g").values<float>()) EXPECT_EQ(value, 0.0f);
}

// A loss that leaps once: gradients whose squares are past the range of f32 move nothing, and nothing is lost by them.
TEST(Clipping, AGradientTooLargeForItsNormMovesNothing) {
  Graph graph(GraphMode::kTraining);
  const VariablePtr w = make_variable("w", Array::of<float>({1}, {2}));
  const Gradients given{{w, graph.constant(Array::of<double>({1}, {1e30}))}};
  const Settings settings =
      Settings::of(view_of(optimizers().find("sgd")), {"learning_rate=0.1", "clip=norm", "clip.largest=1"});
  graph.update(apply_optimizer(settings, {.steps = 1}, given));
  compile(graph).run({});
  EXPECT_EQ(w->value.values<float>()[0], 2.0f);
}

// The optimizer takes its steps, and its moments, from the clipped gradients.
TEST(Clipping, ComesBeforeTheOptimizer) {
  Graph graph(GraphMode::kTraining);
  const VariablePtr w = make_variable("w", Array::of<float>({2}, {0, 0}));
  const Gradients given{{w, graph.constant(Array::of<double>({2}, {30, 40}))}};
  const Settings settings = Settings::of(view_of(optimizers().find("sgd")),
                                         {"learning_rate=1", "momentum=0.5", "clip=norm", "clip.largest=5"});
  graph.update(apply_optimizer(settings, {.steps = 2}, given));
  const Executable step = compile(graph);
  step.run({.step = 0});
  step.run({.step = 1});
  const auto values = w->value.values<float>();
  EXPECT_NEAR(values[0], -3 * 2.5, 1e-5);
  EXPECT_NEAR(values[1], -4 * 2.5, 1e-5);
}

}  // namespace
}  // namespace elbo::train
