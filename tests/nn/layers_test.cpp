// Linear, Mlp and the activations.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/mlp.h"
#include "elbo/settings/error.h"
#include "tests/support/message.h"

namespace elbo::nn {
namespace {

using namespace testing_support;

void set(const VariablePtr& variable, const std::vector<float>& values) {
  variable->value = Array::of<float>(variable->value.shape(), values);
}

TEST(Linear, IsAProductWithTheTransposedWeights) {
  const Parameters parameters;
  const Linear layer{parameters / "layer", {.in = 3, .out = 2}};
  set(layer.weight(), {1, 2, 3, 4, 5, 6});
  set(layer.bias(), {10, 20});
  Graph graph;
  const Tensor y = layer(graph.input("x", {2, 3}));
  const Tensor deep = layer(graph.input("deep", {2, 1, 3}));
  EXPECT_EQ(deep.shape(), (Shape{2, 1, 2}));
  Interpreter check(graph);
  const Array x = Array::of<float>({2, 3}, {1, 0, 0, 1, 1, 1});
  check.run({{"x", x}, {"deep", x.reshaped({2, 1, 3})}});
  EXPECT_THAT(check.value(y).values<double>(), testing::ElementsAre(11, 24, 16, 35));
  EXPECT_THAT(check.value(deep).values<double>(), testing::ElementsAre(11, 24, 16, 35));
}

TEST(Linear, WithoutBiasHasNone) {
  const Parameters parameters;
  const Linear layer{parameters / "layer", {.in = 3, .out = 2, .bias = false}};
  EXPECT_EQ(layer.bias(), nullptr);
  EXPECT_EQ(parameters.count(), 6);
}

TEST(Linear, ErrorsNameTheLayer) {
  const Parameters parameters;
  const Linear layer{parameters / "encoder" / "1", {.in = 500, .out = 400}};
  Graph graph;
  EXPECT_EQ(message_of([&] {
              layer(graph.input("x", {128, 300}));
            }),
            "matmul at encoder.1: src [128, 300] and weights [400, 500]: inner sizes differ (300 and 500)");
  EXPECT_EQ(message_of([&] { Linear(parameters / "loc", {.in = 500}); }),
            "linear at loc: in = 500, out = 0: both must be at least 1");
}

TEST(Mlp, NamesItsLayersAndAppliesActivationsBetweenThem) {
  const Parameters parameters;
  const Mlp plain{parameters / "plain", {.layers = {2, 3, 1}}};
  const Mlp ended{parameters / "ended", {.layers = {2, 1}, .output_activation = tanh}};
  std::vector<std::string> names;
  for (const VariablePtr& variable : parameters.all()) names.push_back(variable->name);
  EXPECT_THAT(names, testing::ElementsAre("plain.0.weight", "plain.0.bias", "plain.1.weight", "plain.1.bias",
                                          "ended.0.weight", "ended.0.bias"));
  set(parameters.find("plain.0.weight"), {1, 0, 0, 1, -1, -1});
  set(parameters.find("plain.0.bias"), {0, 0, 0});
  set(parameters.find("plain.1.weight"), {1, 10, 100});
  set(parameters.find("plain.1.bias"), {-1000});
  set(parameters.find("ended.0.weight"), {0.5f, 0});
  set(parameters.find("ended.0.bias"), {0});
  Graph graph;
  const Tensor x = graph.input("x", {2, 2});
  graph.output("plain", plain(x));
  graph.output("ended", ended(x));
  Interpreter check(graph);
  const auto out = check.run({{"x", Array::of<float>({2, 2}, {2, 3, -4, -5})}});
  EXPECT_THAT(out.at("plain").values<double>(), testing::ElementsAre(2 + 30 - 1000, 900 - 1000));
  EXPECT_THAT(out.at("ended").values<double>(),
              testing::ElementsAre(testing::DoubleEq(std::tanh(1.0)), testing::DoubleEq(std::tanh(-2.0))));
}

TEST(Mlp, NeedsTwoWidths) {
  const Parameters parameters;
  EXPECT_EQ(message_of([&] { Mlp(parameters / "decoder", {.layers = {20}}); }),
            "mlp at decoder: 1 widths were given, at least two are required: input and output");
}

TEST(Activation, HasItsValuesByName) {
  const std::map<std::string, double> at_minus_half{{"none", -0.5},
                                                    {"relu", 0},
                                                    {"tanh", std::tanh(-0.5)},
                                                    {"sigmoid", 1 / (1 + std::exp(0.5))},
                                                    {"softplus", std::log(1 + std::exp(-0.5))},
                                                    {"elu", std::exp(-0.5) - 1},
                                                    {"gelu", -0.5 * 0.5 * std::erfc(0.5 / std::sqrt(2.0))},
                                                    {"leaky-relu", -0.005}};
  EXPECT_EQ(activations().rows().size(), at_minus_half.size());
  for (const ActivationRow* row : activations().rows()) {
    Graph graph;
    graph.output("y", Activation(row->name)(graph.constant(-0.5)));
    const auto out = Interpreter(graph).run({});
    EXPECT_NEAR(out.at("y").values<double>()[0], at_minus_half.at(std::string(row->name)), 1e-12) << row->name;
  }
  EXPECT_THAT(message_of([] { Activation("rellu"); }), testing::EndsWith("(did you mean relu?)"));
}

}  // namespace
}  // namespace elbo::nn
