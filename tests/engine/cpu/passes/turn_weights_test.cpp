// Weights that products of many rows read from a turned copy, and those that are left as they are.
#include <algorithm>
#include <gtest/gtest.h>

#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/ops.h"
#include "elbo/engine/ops/rows.h"

namespace elbo::cpu {
namespace {

VariablePtr matrix(const Shape& shape) {
  return make_variable("w", Array(DType::kF32, shape));
}

int64_t transposes(const Graph& graph) {
  return std::count_if(graph.nodes().begin(), graph.nodes().end(),
                       [](const Node& node) { return node.op == &kTranspose; });
}

TEST(TurnWeights, CopiesWeightsOnceForAllTheirProductsOfManyRows) {
  Graph graph;
  const VariablePtr w = matrix({24, 16});
  const Tensor x = graph.input("x", {512, 16}), y = graph.input("y", {600, 16});
  graph.output("x", matmul(x, graph.variable(w), {.transpose_b = true}));
  graph.output("y", matmul(y, graph.variable(w), {.transpose_b = true}));
  common_subexpressions()->run(graph);
  EXPECT_TRUE(turn_weights()->run(graph));
  verify(graph);
  EXPECT_EQ(transposes(graph), 1) << to_text(graph);
  EXPECT_FALSE(turn_weights()->run(graph));
}

TEST(TurnWeights, LeavesWhatGainsNothing) {
  Graph graph;
  const Tensor x = graph.input("x", {511, 16}), y = graph.input("y", {512, 16}), z = graph.input("z", {512, 8});
  graph.output("few rows", matmul(x, graph.variable(matrix({24, 16})), {.transpose_b = true}));
  graph.output("few outputs", matmul(y, graph.variable(matrix({15, 16})), {.transpose_b = true}));
  graph.output("few inputs", matmul(z, graph.variable(matrix({24, 8})), {.transpose_b = true}));
  graph.output("as it lies", matmul(y, graph.variable(matrix({16, 24}))));
  graph.output("no weights", matmul(y, x, {.transpose_b = true}));
  EXPECT_FALSE(turn_weights()->run(graph));
}

}  // namespace
}  // namespace elbo::cpu
