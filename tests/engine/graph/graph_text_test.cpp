#include "elbo/engine/graph_text.h"

#include <functional>
#include <gtest/gtest.h>
#include <string>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/engine/random_graph.h"
#include "tests/support/message.h"

namespace elbo {
namespace {

// Every operation, with gradients, updates, draws, scopes and constants: the same text again, and the same results.
TEST(GraphText, OfRandomGraphsIsReadBack) {
  for (unsigned seed = 1; seed <= 40; ++seed) {
    const auto random = make_random_graph({.seed = seed, .operations = 60, .rows = 4, .cols = 3});
    const std::string text = to_text(random->graph);
    Graph again = graph_of_text(text, random->graph.variables());
    ASSERT_EQ(to_text(again), text);
    const StepContext context{.seed = 3, .step = 2};
    const auto expected = Interpreter(random->graph).run(random->inputs, context);
    const auto computed = Interpreter(again).run(random->inputs, context);
    ASSERT_EQ(computed.size(), expected.size());
    for (const auto& [name, array] : expected) {
      const auto a = array.values<double>(), b = computed.at(name).values<double>();
      for (size_t i = 0; i < a.size(); ++i) EXPECT_EQ(a[i], b[i]) << "seed " << seed << " " << name;
    }
    // A draw that is added has a stream of its own.
    random_normal(again, {2});
    random_normal(random->graph, {2});
    EXPECT_EQ(again.nodes().back().attributes.integers, random->graph.nodes().back().attributes.integers);
  }
}

TEST(GraphText, MakesVariablesThatAreNotGiven) {
  const Graph graph = graph_of_text(
      "%0 = variable() \"w\" [2]  // layer\n"
      "%1 = constant() 0.1 []\n"
      "%2 = mul(%0, %1) [2]\n"
      "output \"y\" = %2\n"
      "update \"w\" = %2\n");
  ASSERT_EQ(graph.variables().size(), 1u);
  EXPECT_EQ(graph.variables()[0]->name, "w");
  EXPECT_EQ(graph.node(0).scope, "layer");
  EXPECT_EQ(graph.node(1).attributes.numbers[0], 0.1);
  EXPECT_EQ(graph.updates().size(), 1u);
}

TEST(GraphText, LongConstantsAreNamedOnly) {
  Graph graph;
  graph.output("y", graph.constant(Array(DType::kF32, {65})));
  EXPECT_EQ(to_text(graph), "%0 = constant() ... [65]\noutput \"y\" = %0\n");
}

TEST(GraphText, ErrorsNameTheLine) {
  const auto message = [](const std::string& text) {
    return testing_support::message_of<DataError>([&] { graph_of_text(text); });
  };
  const std::string x = "%0 = input() \"x\" [2]\n";
  EXPECT_EQ(message(x + "%1 = tanhh(%0) [2]"), "graph text, line 2: there is no operation \"tanhh\"");
  EXPECT_EQ(message(x + "%1 = mul(%0) [2]"), "graph text, line 2: mul takes 2 inputs, not 1");
  EXPECT_EQ(message(x + "%1 = tanh(%1) [2]"), "graph text, line 2: the node stands before its input");
  EXPECT_EQ(message(x + "%2 = tanh(%0) [2]"), "graph text, line 2: nodes are numbered in their order, from 0");
  EXPECT_EQ(message(x + "%1 = tanh(%0) [3]"), "graph text, line 2: gives [2], not [3]");
  EXPECT_EQ(message(x + "%1 = tanh(%0) [2] f16"), "graph text, line 2: nothing may follow, \" f16\" does");
  EXPECT_EQ(message(x + "%1 = tanh(%0) 2]"), "graph text, line 2: \" \" is required before \"]\"");
  EXPECT_EQ(message("%0 = constant() ... [65]"),
            "graph text, line 1: the numbers of this constant are not in the text");
  EXPECT_EQ(message(x + "update \"w\" = %0"), "graph text, line 2: there is no variable \"w\"");
  EXPECT_EQ(message("tanh"), "graph text, line 1: a node, an output or an update is required");
}

}  // namespace
}  // namespace elbo
