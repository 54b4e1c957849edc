// Kernels that follow each other block of rows by block of rows: which do, and that the answers are the same.
#include "elbo/engine/cpu/schedule/chains.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"

namespace elbo {
namespace {

using testing_support::waves;

VariablePtr chain_weights(const std::string& name, const Shape& shape) {
  Array value(DType::kF32, shape);
  auto values = value.values<float>();
  for (size_t i = 0; i < values.size(); ++i) values[i] = 0.3f * std::sin(static_cast<float>(7 * i + name.size()));
  return make_variable(name, std::move(value));
}

// Every output on 1 and 3 threads, fused or not, against the interpreter.
void expect_chain_answers(const Graph& graph, const std::map<std::string, Array>& inputs) {
  const auto truth = Interpreter(graph).run(inputs, {});
  for (const int threads : {1, 3}) {
    for (const auto& without : {std::set<std::string>{}, std::set<std::string>{"fusion"}}) {
      const auto outputs = compile(graph, {.without = without, .threads = threads, .verify = true}).run(inputs, {});
      for (const auto& [name, array] : outputs) {
        for (size_t i = 0; i < static_cast<size_t>(array.elements()); ++i) {
          const double expected = truth.at(name).values<double>()[i];
          ASSERT_NEAR(static_cast<double>(array.values<float>()[i]), expected, 2e-5 * (1 + std::abs(expected)))
              << name << " " << i;
        }
      }
    }
  }
}

Tensor deep(Graph& graph, Tensor h, int layers) {
  const int64_t width = h.shape()[1];
  for (int l = 0; l < layers; ++l) {
    h = tanh(matmul(h, graph.variable(chain_weights("w" + std::to_string(l), {width, width})), {.transpose_b = true}));
  }
  return h;
}

TEST(Chains, ADeepNetworkOfManyRowsIsOneStage) {
  Graph graph;
  graph.output("y", deep(graph, graph.input("x", {300, 24}), 6));
  EXPECT_EQ(compile(graph).report().stages, 1);
  expect_chain_answers(graph, {{"x", waves({300, 24})}});
}

TEST(Chains, WhatNobodyElseReadsTakesTurnsInMemory) {
  Graph graph;
  graph.output("y", deep(graph, graph.input("x", {300, 24}), 12));
  EXPECT_LE(compile(graph).report().planned_bytes, 4 * 300 * 24 * sizeof(float));
}

TEST(Chains, FewRowsHaveAStageForEachLayer) {
  Graph graph;
  graph.output("y", deep(graph, graph.input("x", {100, 400}), 6));
  EXPECT_EQ(compile(graph).report().stages, 6);
}

TEST(Chains, WhatMixesRowsWaitsForAllOfThem) {
  Graph graph;
  const Tensor h = deep(graph, graph.input("x", {520, 16}), 2);
  const Tensor centered = h - mean(h, {.axes = {0}, .keep = true});
  graph.output("y", deep(graph, centered, 2));
  graph.output("products", matmul(h, centered, {.transpose_a = true}));
  // Turned chain_weights, layers and their sum, mean, centring and layers, the last product.
  EXPECT_EQ(compile(graph).report().stages, 5);
  expect_chain_answers(graph, {{"x", waves({520, 16})}});
}

TEST(Chains, RowsMayBeSeenAsSeveralEach) {
  Graph graph;
  const Tensor h = deep(graph, graph.input("x", {257, 30}), 1);
  const Tensor columns = reshape(h, {257, 5, 6});
  const Tensor weighted = exp(columns - reduce_max(columns, {.axes = {2}, .keep = true}));
  const Tensor shares = weighted / sum(weighted, {.axes = {2}, .keep = true});
  graph.output("y", deep(graph, reshape(shares, {257, 30}), 2));
  EXPECT_EQ(compile(graph).report().stages, 1);
  expect_chain_answers(graph, {{"x", waves({257, 30})}});
}

TEST(Chains, BackwardAndUpdatesComeInOrder) {
  const auto trained = [](bool fused) {
    std::vector<VariablePtr> all;
    Graph graph;
    Tensor h = graph.input("x", {384, 12});
    for (int l = 0; l < 4; ++l) {
      all.push_back(chain_weights("w" + std::to_string(l), {12, 12}));
      h = tanh(matmul(h, graph.variable(all.back()), {.transpose_b = true}));
    }
    const Tensor loss = mean(square(h - 0.5));
    Tensors wrt;
    for (const VariablePtr& w : all) wrt.push_back(graph.variable(w));
    const Tensors grads = gradients(loss, wrt);
    for (size_t i = 0; i < all.size(); ++i) graph.update(all[i], wrt[i] - 0.5 * grads[i]);
    graph.output("loss", loss);
    const std::set<std::string> without = fused ? std::set<std::string>{} : std::set<std::string>{"fusion"};
    const Executable step = compile(graph, {.without = without, .guard = "loss", .threads = 2, .verify = true});
    step.input("x") = waves({384, 12});
    for (uint64_t i = 0; i < 20; ++i) step.run({.step = i});
    EXPECT_LE(step.report().stages, fused ? 6 : 100);
    std::vector<float> values;
    for (const VariablePtr& w : all)
      values.insert(values.end(), w->value.values<float>().begin(), w->value.values<float>().end());
    return values;
  };
  const std::vector<float> chained = trained(true), apart = trained(false);
  for (size_t i = 0; i < chained.size(); ++i) EXPECT_NEAR(chained[i], apart[i], 1e-4f) << i;
}

}  // namespace
}  // namespace elbo
