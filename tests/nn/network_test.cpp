// Networks by name: what holds for every row, and what the places lean on.
#include "elbo/nn/network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/nn/made.h"
#include "elbo/nn/masked_network.h"
#include "elbo/nn/mlp.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"
#include "tests/support/random.h"
#include "tests/support/settings_variations.h"

namespace elbo::nn {
namespace {

using testing_support::message_of;
using testing_support::normal_array;
using testing_support::values_of;

Tensor some_rows(Graph& graph, const Shape& shape) {
  return graph.constant(normal_array("rows", shape));
}

// Everything that a network is: its graph, and its parameters with their first values.
std::string print_of(const Graph& graph, const Parameters& parameters) {
  std::string text = to_text(graph);
  for (const VariablePtr& variable : parameters.all()) {
    text += variable->name + to_string(variable->value.shape());
    for (const float value : std::as_const(variable->value).values<float>()) text += " " + std::to_string(value);
  }
  return text;
}

std::string print_of(const NetworkRow& row, const std::vector<std::string>& assignments, std::optional<int64_t> out) {
  const Parameters parameters;
  const Network network =
      make_network({.scope = parameters / "net", .in = 6, .out = out}, Settings::of(view_of(row), assignments));
  Graph graph;
  graph.output("y", network(graph.input("x", {4, 6})));
  return print_of(graph, parameters);
}

TEST(EveryNetwork, GivesTheWidthAskedForAndTrainsAllItHas) {
  for (const NetworkRow* row : networks().rows()) {
    EXPECT_FALSE(row->description.empty());
    for (const std::optional<int64_t> out : {std::optional<int64_t>(), std::optional<int64_t>(3)}) {
      const Parameters parameters;
      const Network network =
          make_network({.scope = parameters / "net", .in = 6, .out = out}, Settings::of(view_of(*row)));
      EXPECT_EQ(network.in(), 6);
      EXPECT_EQ(network.out(), out.value_or(network.out()));
      Graph graph;
      const Tensor y = network(some_rows(graph, {5, 6}));
      EXPECT_EQ(y.shape(), (Shape{5, network.out()}));
      const auto by_parameter = gradients(sum(square(y)), parameters);
      ASSERT_FALSE(by_parameter.empty());
      Interpreter check(graph);
      check.run({});
      for (const auto& [variable, gradient] : by_parameter) {
        EXPECT_THAT(values_of(check.value(gradient)), testing::Contains(testing::Ne(0.0))) << variable->name;
      }
      EXPECT_THAT(message_of([&] { network(graph.input("narrow", {5, 4})); }), testing::HasSubstr("[5, 4]"));
    }
  }
}

TEST(EveryNetwork, ReadsWhatItDeclares) {
  for (const NetworkRow* row : networks().rows()) {
    const std::string standard = print_of(*row, {}, 3);
    EXPECT_EQ(standard, print_of(*row, {}, 3));
    for (const std::string& other : testing_support::variations(row->settings)) {
      EXPECT_NE(standard, print_of(*row, {other}, 3)) << row->name << ": " << other;
    }
  }
}

TEST(EveryMaskedNetwork, ReadsWhatItDeclares) {
  const auto print = [](const MaskedNetworkRow& row, const std::vector<std::string>& assignments) {
    const Parameters parameters;
    const MaskedNetwork network =
        make_masked_network({.scope = parameters / "net", .dim = 4}, Settings::of(view_of(row), assignments));
    Graph graph;
    graph.output("y", network(graph.input("x", {3, 4})));
    return print_of(graph, parameters);
  };
  for (const MaskedNetworkRow* row : masked_networks().rows()) {
    for (const std::string& other : testing_support::variations(row->settings)) {
      EXPECT_NE(print(*row, {}), print(*row, {other})) << row->name << ": " << other;
    }
  }
}

// Column i of the outputs sees the columns before it in the order, the context is seen by all, and solve() finds the
// columns that one pass confirms.
TEST(EveryMaskedNetwork, SeesWhatComesBeforeAndSolves) {
  constexpr int64_t kDim = 4, kRows = 3;
  const std::vector<int64_t> order{2, 4, 1, 3};
  for (const MaskedNetworkRow* row : masked_networks().rows()) {
    const Parameters parameters;
    const MaskedNetwork network =
        make_masked_network({.scope = parameters / "net", .dim = kDim, .outputs = 2, .context_dim = 2, .order = order},
                            Settings::of(view_of(*row), testing_support::known_to(*row, {"activation=tanh"})));
    Graph graph;
    const Tensor x = some_rows(graph, {kRows, kDim}), context = some_rows(graph, {1, 2});
    const Tensor outputs = network(x, context);
    ASSERT_EQ(outputs.shape(), (Shape{kRows, 2 * kDim}));
    Tensors by_x, by_context;
    for (int64_t o = 0; o < 2 * kDim; ++o) {
      const auto both = gradients(sum(slice(outputs, {.axis = 1, .start = o, .stop = o + 1})), Tensors{x, context});
      by_x.push_back(both[0]);
      by_context.push_back(both[1]);
    }
    const Tensor given = 0.5 * x;
    const Tensor solved = network.solve(graph, kRows, context, [&](int64_t column, Tensor theta) {
      const Tensor own = slice(given, {.axis = 1, .start = column, .stop = column + 1});
      return own + slice(theta, {.axis = 1, .start = 0, .stop = 1});
    });
    const Tensor again = given + slice(network(solved, context), {.axis = 1, .start = 0, .stop = kDim});
    Interpreter check(graph);
    check.run({});
    for (size_t o = 0; o < 2 * kDim; ++o) {
      const std::vector<double> slopes = values_of(check.value(by_x[o]));
      for (size_t i = 0; i < slopes.size(); ++i) {
        if (order[i % kDim] < order[o % kDim]) continue;
        EXPECT_EQ(slopes[i], 0) << row->name << " " << o << " sees " << i;
      }
      EXPECT_THAT(values_of(check.value(by_context[o])), testing::Contains(testing::Ne(0.0)));
    }
    EXPECT_THAT(values_of(check.value(again)),
                testing::Pointwise(testing::DoubleNear(1e-12), values_of(check.value(solved))));
  }
}

// The layers that an Mlp of all widths has, with the same names and first values: old weights fit.
TEST(MlpNetwork, IsAnMlpOfAllItsWidths) {
  const Parameters whole, named;
  const Mlp mlp{whole / "decoder", {.layers = {3, 7, 5, 2}, .activation = "tanh"}};
  const Network network = make_network({.scope = named / "decoder", .in = 3, .out = 2},
                                       Settings::of(view_of(kMlpNetwork), {"hidden=[7, 5]", "activation=tanh"}));
  ASSERT_EQ(whole.all().size(), named.all().size());
  for (size_t i = 0; i < whole.all().size(); ++i) {
    EXPECT_EQ(whole.all()[i]->name, named.all()[i]->name);
    EXPECT_THAT(std::as_const(named.all()[i]->value).values<float>(),
                testing::ElementsAreArray(std::as_const(whole.all()[i]->value).values<float>()));
  }
  Graph graph;
  const Tensor x = some_rows(graph, {4, 3});
  const Tensor expected = mlp(x), found = network(x);
  Interpreter check(graph);
  check.run({});
  EXPECT_EQ(values_of(check.value(found)), values_of(check.value(expected)));
}

TEST(MlpNetwork, FeaturesAreTheLastHiddenLayerOrTheInput) {
  const Parameters parameters;
  const Network features = nn::mlp({.hidden = {7, 5}, .activation = "tanh", .output_activation = "relu"})(
      {.scope = parameters / "encoder", .in = 3});
  EXPECT_EQ(features.out(), 5);
  const Network nothing = nn::mlp({.hidden = {}})({.scope = parameters / "none", .in = 3});
  EXPECT_EQ(nothing.out(), 3);
  EXPECT_EQ((parameters / "none").all().size(), 0u);
  const Mlp expected{parameters / "encoder",
                     {.layers = {3, 7, 5}, .activation = "tanh", .output_activation = "relu"}};  // the same variables
  Graph graph;
  const Tensor x = some_rows(graph, {4, 3});
  const Tensor h = features(x), by_hand = expected(x), same = nothing(x);
  Interpreter check(graph);
  check.run({});
  EXPECT_EQ(values_of(check.value(h)), values_of(check.value(by_hand)));
  EXPECT_EQ(values_of(check.value(same)), values_of(check.value(x)));
}

TEST(MlpNetwork, TheSiteSaysHowItStarts) {
  const Parameters parameters;
  nn::mlp({.hidden = {40}})({.scope = parameters / "net",
                             .in = 10,
                             .out = 30,
                             .init = init::constant(2),
                             .out_init = init::normal_by_fan_in(0.5),
                             .out_bias_init = init::constant(3)});
  const auto values = [&](const char* name) { return std::as_const(parameters.find(name)->value).values<float>(); };
  EXPECT_EQ(values("net.0.weight")[0], 2);
  EXPECT_EQ(values("net.1.bias")[0], 3);
  double squares = 0;
  for (const float value : values("net.1.weight")) squares += static_cast<double>(value) * value / 1200;
  // 1,200 draws of variance 0.25/40.
  EXPECT_NEAR(squares, 0.25 / 40, 4 * 0.25 / 40 * std::sqrt(2.0 / 1200));
}

TEST(Network, ExplainsWrongUse) {
  const Parameters parameters;
  const Settings settings = Settings::of(view_of(kMlpNetwork));
  EXPECT_EQ(message_of([&] { make_network({.scope = parameters / "net", .in = 0}, settings); }),
            "network at net: in = 0, out = 1: both must be at least 1");
  EXPECT_THAT(message_of([&] { Settings::of(view_of(kMlpNetwork), {"activation=rellu"}); }),
              testing::HasSubstr("did you mean relu?"));
  EXPECT_THAT(message_of([&] { Settings::of(view_of(kMlpNetwork), {"hidden=[8, 0]"}); }),
              testing::HasSubstr("element 2 must be at least 1"));
  EXPECT_THAT(message_of([] { networks().find("mpl"); }), testing::HasSubstr("did you mean mlp?"));
}

}  // namespace
}  // namespace elbo::nn
