#include "elbo/nn/parameters.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/support/message.h"

namespace elbo::nn {
namespace {

using namespace testing_support;

std::vector<float> values_of(const VariablePtr& variable) {
  const auto values = std::as_const(variable->value).values<float>();
  return {values.begin(), values.end()};
}

TEST(Parameters, ScopesShareOneStoreAndNameByPath) {
  const Parameters parameters{{.seed = 3}};
  const Parameters encoder = parameters / "encoder";
  const VariablePtr weight = (encoder / "0").get("weight", {.shape = {2, 3}});
  EXPECT_EQ(weight->name, "encoder.0.weight");
  EXPECT_EQ((encoder / "0").path(), "encoder.0");
  EXPECT_EQ(parameters.find("encoder.0.weight"), weight);
  EXPECT_EQ(encoder.find("0.weight"), weight);
  EXPECT_EQ(encoder.find("1.weight"), nullptr);
  EXPECT_EQ((parameters / "encoder").get("0.weight", {.shape = {2, 3}}), weight);
}

TEST(Parameters, KeepTheOrderOfMakingAndKnowWhatTrains) {
  const Parameters parameters;
  const VariablePtr b = (parameters / "b").get("x", {.shape = {4}});
  const VariablePtr a = (parameters / "a").get("x", {.shape = {2, 5}});
  const VariablePtr state = (parameters / "b").get("running", {.shape = {7}, .trainable = false});
  (parameters / "ba").get("x", {.shape = {1}});
  EXPECT_THAT((parameters / "b").all(), testing::ElementsAre(b, state));
  EXPECT_THAT((parameters / "b").trainable(), testing::ElementsAre(b));
  EXPECT_EQ(parameters.all()[1], a);
  EXPECT_EQ(parameters.count(), 4 + 10 + 1);
  EXPECT_EQ((parameters / "a").count(), 10);
}

TEST(Parameters, FirstValuesDependOnSeedAndPathAlone) {
  const ParameterSpec spec{.shape = {3, 5}, .init = init::normal(1)};
  const Parameters alone{{.seed = 7}}, crowded{{.seed = 7}}, other{{.seed = 8}};
  (crowded / "first").get("weight", {.shape = {9, 9}, .init = init::normal(1)});
  const std::vector<float> expected = values_of((alone / "layer").get("weight", spec));
  EXPECT_EQ(values_of((crowded / "layer").get("weight", spec)), expected);
  EXPECT_NE(values_of((other / "layer").get("weight", spec)), expected);
  EXPECT_NE(values_of((alone / "layer").get("weight2", spec)), expected);
}

// Seeds printed beside results would mean something else if these changed.  Computed apart, in Python.
TEST(Parameters, FirstValuesStayWhatTheyAlwaysWere) {
  EXPECT_EQ(path_hash(""), 0xCBF29CE484222325u);
  EXPECT_EQ(path_hash("a"), 0xAF63DC4C8601EC8Cu);  // from the reference of FNV-1a
  const Parameters parameters{{.seed = 1}};
  const std::vector<float> uniform = values_of(parameters.get("u", {.shape = {5}, .init = init::uniform(1)}));
  const std::vector<float> normal = values_of(parameters.get("n", {.shape = {5}, .init = init::normal(1)}));
  EXPECT_THAT(uniform, testing::Pointwise(testing::FloatNear(2e-6f),
                                          {-0.289554f, -0.936514f, -0.114125f, 0.308305f, -0.402962f}));
  EXPECT_THAT(normal,
              testing::Pointwise(testing::FloatNear(2e-6f), {0.750499f, 0.14622f, 0.835919f, 0.108235f, 1.3333f}));
}

TEST(Parameters, AskingForAnotherShapeIsAnError) {
  const Parameters parameters;
  (parameters / "loc").get("weight", {.shape = {20, 500}});
  EXPECT_EQ(message_of([&] {
              (parameters / "loc").get("weight", {.shape = {10, 500}});
            }),
            "parameter loc.weight: it has shape [20, 500] and was asked for as [10, 500]");
  EXPECT_EQ(message_of([&] { parameters / ""; }), "parameters: a name is empty");
}

TEST(Gradients, OneForEveryTrainableParameterInOrder) {
  const Parameters parameters;
  const VariablePtr a = parameters.get("a", {.shape = {2}, .init = init::constant(3)});
  const VariablePtr unused = parameters.get("unused", {.shape = {3}});
  const VariablePtr fixed = parameters.get("fixed", {.shape = {2}, .init = init::constant(5), .trainable = false});
  Graph graph;
  const Tensor loss = sum(square(graph.variable(a)) * graph.variable(fixed));
  const std::vector<VariableGradient> result = gradients(loss, parameters);
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0].variable, a);
  EXPECT_EQ(result[1].variable, unused);
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(check.value(result[0].gradient).values<double>(), testing::ElementsAre(30, 30));
  EXPECT_THAT(check.value(result[1].gradient).values<double>(), testing::ElementsAre(0, 0, 0));
}

}  // namespace
}  // namespace elbo::nn
