#include "elbo/nn/gated.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"

namespace elbo::nn {
namespace {

using testing_support::normal_array;
using testing_support::values_of;

// The equations of the header, layer by layer, with the same variables.
TEST(Gated, IsWhatItsEquationsSay) {
  for (const char* activation : {"none", "tanh"}) {
    const Parameters parameters;
    const Parameters scope = parameters / "net";
    const GatedOptions options{.hidden = {7, 6}, .activation = activation};
    const Network network = gated(options)({.scope = scope, .in = 3, .out = 5});
    const Network features = gated(options)({.scope = scope, .in = 3});
    EXPECT_EQ(features.out(), 6);
    Graph graph;
    const Tensor x = graph.constant(normal_array("rows", {4, 3}));
    const auto layer = [&](const char* name, Tensor h) {
      const Tensor weight = graph.variable(scope.find(std::string(name) + ".weight"));
      const Tensor bias = graph.variable(scope.find(std::string(name) + ".bias"));
      return matmul(h, weight, {.transpose_b = true}) + bias;
    };
    const bool is_tanh = std::string_view(activation) == "tanh";
    const auto a = [&](Tensor h) { return is_tanh ? tanh(h) : h; };
    const Tensor h1 = a(layer("0.value", x)) * (1 / (1 + exp(-layer("0.gate", x))));
    const Tensor h2 = a(layer("1.value", h1)) * (1 / (1 + exp(-layer("1.gate", h1))));
    const Tensor expected = layer("out", h2), found = network(x), found_features = features(x);
    Interpreter check(graph);
    check.run({});
    EXPECT_THAT(values_of(check.value(found)),
                testing::Pointwise(testing::DoubleNear(1e-14), values_of(check.value(expected))));
    EXPECT_THAT(values_of(check.value(found_features)),
                testing::Pointwise(testing::DoubleNear(1e-14), values_of(check.value(h2))));
  }
}

TEST(Gated, WithoutHiddenLayersIsLinearOrNothing) {
  const Parameters parameters;
  const Network nothing = gated({.hidden = {}})({.scope = parameters / "none", .in = 3});
  EXPECT_EQ(nothing.out(), 3);
  EXPECT_TRUE((parameters / "none").all().empty());
  gated({.hidden = {}})({.scope = parameters / "linear", .in = 3, .out = 2});
  EXPECT_EQ((parameters / "linear").count(), 2 * 3 + 2);
}

}  // namespace
}  // namespace elbo::nn
