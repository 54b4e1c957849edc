// Each rewrite three ways: what it gives, that other spellings give the same, and what it must leave alone.
#include <algorithm>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/op.h"
#include "elbo/engine/ops.h"
#include "elbo/engine/passes/pass.h"

namespace elbo {
namespace {

// The graph after all passes, until nothing changes.
std::string cleaned(Graph graph) {
  bool changed = true;
  while (changed) {
    changed = false;
    for (const auto& pass : {dead_code(), common_subexpressions(), simplify()}) {
      changed = pass->run(graph) || changed;
      verify(graph);
    }
  }
  return to_text(graph);
}

template <typename F>
std::string cleaned_text(F&& build) {
  Graph graph;
  const Tensor x = graph.input("x", {4, 3}), y = graph.input("y", {4, 3});
  graph.output("out", build(x, y));
  return cleaned(std::move(graph));
}

int count_ops(const std::string& text, const std::string& op) {
  int count = 0;
  for (size_t at = text.find("= " + op + "("); at != std::string::npos; at = text.find("= " + op + "(", at + 1))
    ++count;
  return count;
}

TEST(DeadCode, RemovesWhatNobodyNeedsAndKeepsInputs) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.input("unused", {5});
  tanh(exp(x));
  graph.output("out", x * 2.0);
  EXPECT_TRUE(dead_code()->run(graph));
  EXPECT_EQ(to_text(graph),
            "%0 = input() \"x\" [2]\n"
            "%1 = input() \"unused\" [5]\n"
            "%2 = constant() 2 []\n"
            "%3 = mul(%0, %2) [2]\n"
            "output \"out\" = %3\n");
  EXPECT_FALSE(dead_code()->run(graph));
}

TEST(CommonSubexpressions, ComputesOnce) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.output("out", exp(x) * 2.0 + exp(x) * 2.0);
  EXPECT_TRUE(common_subexpressions()->run(graph));
  const std::string text = to_text(graph);
  EXPECT_EQ(count_ops(text, "exp"), 1);
  EXPECT_EQ(count_ops(text, "mul"), 1);
}

TEST(CommonSubexpressions, LeavesDrawsOfTheirOwnStreamsAlone) {
  Graph graph;
  graph.output("out", random_normal(graph, {3}) + random_normal(graph, {3}));
  common_subexpressions()->run(graph);
  EXPECT_EQ(count_ops(to_text(graph), "random_normal"), 2);
}

TEST(CommonSubexpressions, TellsMinusZeroFromZero) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.output("out", (x / 0.0) + (x / -0.0));
  common_subexpressions()->run(graph);
  EXPECT_EQ(count_ops(to_text(graph), "constant"), 2);
}

TEST(Simplify, DropsWhatChangesNothing) {
  const std::string plain = cleaned_text([](Tensor x, Tensor y) { return tanh(x) + y; });
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor y) { return tanh(x * 1.0) + y; }));
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor y) { return tanh(1.0 * x + 0.0) + y; }));
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor y) { return tanh(-(-x)) - (-y); }));
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor y) { return tanh(stop_gradient(x / 1.0)) + y; }));
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor y) { return tanh(reshape(reshape(x, {12}), {4, 3})) + y; }));
}

TEST(Simplify, FoldsConstants) {
  const std::string plain = cleaned_text([](Tensor x, Tensor) { return x * 6.0; });
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor) { return 2.0 * (x * 3.0); }));
  EXPECT_EQ(plain, cleaned_text([](Tensor x, Tensor) { return x * (x.graph().constant(2) * x.graph().constant(3)); }));
  EXPECT_EQ(cleaned_text([](Tensor x, Tensor) { return x * 0.5; }),
            cleaned_text([](Tensor x, Tensor) { return x / 2.0; }));
  EXPECT_EQ(cleaned_text([](Tensor x, Tensor) { return square(x); }),
            cleaned_text([](Tensor x, Tensor) { return pow(x, 2.0); }));
  EXPECT_EQ(cleaned_text([](Tensor x, Tensor) { return square(x); }),
            cleaned_text([](Tensor x, Tensor) { return x * x; }));
}

TEST(Simplify, KeepsProductsWithZero) {
  EXPECT_EQ(count_ops(cleaned_text([](Tensor x, Tensor) { return x * 0.0; }), "mul"), 1);
}

TEST(Simplify, ReadsThroughBroadcasts) {
  const auto build = [](bool spelled_out) {
    return cleaned_text([&](Tensor x, Tensor) {
      const Tensor row = x.graph().input("row", {1, 3});
      return x * (spelled_out ? broadcast_to(row, {4, 3}) : row);
    });
  };
  EXPECT_EQ(build(true), build(false));
}

TEST(Simplify, KeepsABroadcastThatGivesTheResultItsShape) {
  Graph graph;
  const Tensor row = graph.input("row", {1, 3});
  graph.output("out", exp(broadcast_to(row, {4, 3})));
  const std::string text = cleaned(std::move(graph));
  EXPECT_EQ(count_ops(text, "broadcast_to"), 1) << text;
}

TEST(Simplify, TurnsTransposesIntoFlagsOfTheProduct) {
  const std::string flagged = cleaned_text([](Tensor x, Tensor y) { return matmul(x, y, {.transpose_b = true}); });
  EXPECT_EQ(flagged, cleaned_text([](Tensor x, Tensor y) { return matmul(x, transpose(y)); }));
  EXPECT_EQ(cleaned_text([](Tensor x, Tensor y) { return matmul(x, y, {.transpose_a = true}); }),
            cleaned_text([](Tensor x, Tensor y) { return matmul(transpose(x), y); }));
}

TEST(Simplify, JoinsTheGradientsOfASplit) {
  Graph graph;
  const Tensor x = graph.input("x", {4, 6});
  const Tensors parts = split(x, {1, 2, 3}, 1);
  const Tensor loss = sum(square(parts[0])) + sum(exp(parts[1])) + sum(tanh(parts[2]));
  graph.output("grad", gradients(loss, {x})[0]);
  const std::string text = cleaned(std::move(graph));
  EXPECT_EQ(count_ops(text, "pad"), 0) << text;
  EXPECT_EQ(count_ops(text, "concat"), 1) << text;
}

TEST(Simplify, LeavesOverlappingPaddingAlone) {
  Graph graph;
  const Tensor a = graph.input("a", {4, 3}), b = graph.input("b", {4, 3});
  graph.output("out", pad(a, {.axis = 1, .after = 2}) + pad(b, {.axis = 1, .before = 2}));
  const std::string text = cleaned(std::move(graph));
  EXPECT_EQ(count_ops(text, "pad"), 2) << text;
}

TEST(Verify, FindsWhatIsMalformed) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  graph.output("out", exp(x));
  EXPECT_NO_THROW(verify(graph));
  std::vector<Node> nodes = graph.nodes();
  nodes[1].shape = Shape{3};
  graph.replace_nodes(nodes, {0, 1});
  EXPECT_THROW(verify(graph), std::logic_error);
}

}  // namespace
}  // namespace elbo
