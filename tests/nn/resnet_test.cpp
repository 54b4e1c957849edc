#include "elbo/nn/resnet.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/linear.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"

namespace elbo::nn {
namespace {

using testing_support::normal_array;
using testing_support::values_of;

// The equations of the header, layer by layer, with the same variables.
TEST(Resnet, IsWhatItsEquationsSay) {
  const Parameters parameters;
  const Parameters scope = parameters / "net";
  const Network network = resnet({.width = 7, .blocks = 2, .activation = "tanh"})({.scope = scope, .in = 3, .out = 5});
  const Network features = resnet({.width = 7, .blocks = 2, .activation = "tanh"})({.scope = scope, .in = 3});
  EXPECT_EQ(features.out(), 7);
  Graph graph;
  const Tensor x = graph.constant(normal_array("rows", {4, 3}));
  const auto layer = [&](const char* name, Tensor h) {
    const Tensor weight = graph.variable(scope.find(std::string(name) + ".weight"));
    const Tensor bias = graph.variable(scope.find(std::string(name) + ".bias"));
    return matmul(h, weight, {.transpose_b = true}) + bias;
  };
  const Tensor h0 = layer("in", x);
  const Tensor h1 = h0 + layer("0.1", tanh(layer("0.0", tanh(h0))));
  const Tensor h2 = h1 + layer("1.1", tanh(layer("1.0", tanh(h1))));
  const Tensor expected = layer("out", tanh(h2)), expected_features = tanh(h2);
  const Tensor found = network(x), found_features = features(x);
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(values_of(check.value(found)),
              testing::Pointwise(testing::DoubleNear(1e-14), values_of(check.value(expected))));
  EXPECT_THAT(values_of(check.value(found_features)),
              testing::Pointwise(testing::DoubleNear(1e-14), values_of(check.value(expected_features))));
}

// Blocks of zeros leave the first layer as it is.
TEST(Resnet, BlocksOfZerosPassThingsBy) {
  const Parameters parameters;
  const Parameters scope = parameters / "net";
  const Network network = resnet({.width = 6, .blocks = 3})({.scope = scope, .in = 3});
  for (const VariablePtr& variable : scope.all()) {
    if (variable->name.starts_with("net.in")) continue;
    for (float& value : variable->value.values<float>()) value = 0;
  }
  Graph graph;
  const Tensor x = graph.constant(normal_array("rows", {4, 3}));
  const Tensor found = network(x), expected = relu(Linear(scope / "in", {.in = 3, .out = 6})(x));
  Interpreter check(graph);
  check.run({});
  EXPECT_EQ(values_of(check.value(found)), values_of(check.value(expected)));
}

}  // namespace
}  // namespace elbo::nn
