#include <gtest/gtest.h>
#include <map>
#include <string>

#include "elbo/engine/compile.h"
#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"

namespace elbo {
namespace {

using testing_support::waves;

// dY W for a layer whose weights take a step.
struct Layer {
  Graph graph;
  Layer(int64_t rows, int64_t outputs, int64_t inputs, bool updated = true) {
    const VariablePtr w = make_variable("w", waves({outputs, inputs}, 0.37));
    const Tensor dy = graph.input("dy", {rows, outputs}), weights = graph.variable(w);
    const Tensor dx = matmul(dy, weights);
    graph.output("dx", relu(dx));
    graph.output("sum", sum(dx, {.axes = {0}}));
    if (updated) graph.update(w, weights * 0.5);
  }
  bool split() { return cpu::split_depth()->run(graph); }
};

TEST(SplitDepth, SplitsProductsOfFewRowsWithWeightsThatChange) {
  Layer layer(128, 300, 400);
  EXPECT_TRUE(layer.split());
  verify(layer.graph);
  EXPECT_FALSE(layer.split());
}

TEST(SplitDepth, LeavesWhatGainsNothing) {
  EXPECT_FALSE(Layer(16, 300, 400).split()) << "few rows";
  EXPECT_FALSE(Layer(256, 300, 400).split()) << "rows enough to share";
  EXPECT_FALSE(Layer(128, 200, 400).split()) << "few terms";
  EXPECT_FALSE(Layer(128, 300, 100).split()) << "few columns";
  EXPECT_FALSE(Layer(128, 300, 400, false).split()) << "weights that stay";
  Graph graph;
  const Tensor a = graph.input("a", {128, 300}), b = graph.input("b", {300, 400});
  graph.output("c", matmul(a, b));
  EXPECT_FALSE(cpu::split_depth()->run(graph)) << "no weights";
}

TEST(SplitDepth, CountsTheSameArithmetic) {
  const Layer layer(128, 300, 400);
  EXPECT_EQ(compile(layer.graph).report().flops, 2.0 * 128 * 300 * 400);
  EXPECT_EQ(compile(layer.graph, {.without = {"split-depth"}}).report().flops, 2.0 * 128 * 300 * 400);
}

TEST(SplitDepth, CutsTheSumLikeTheProduct) {
  // With and without a sum over the batch, which keeps a kernel from being one long row.
  for (const bool summed : {true, false}) {
    Graph graph;
    const VariablePtr w = make_variable("w", waves({300, 400}, 0.37));
    const Tensor dx = matmul(graph.input("dy", {128, 300}), graph.variable(w)) * graph.input("mask", {128, 400});
    graph.output("dx", dx);
    if (summed) graph.output("sum", sum(dx, {.axes = {0}}));
    graph.update(w, graph.variable(w) * 0.5);
    const Executable step = compile(graph);
    size_t found = 0;
    for (const auto& kernel : step.report().kernels) {
      if (kernel.operations.find("add") == std::string::npos) continue;
      ++found;
      EXPECT_EQ(kernel.blocks, 2u) << kernel.operations;
      EXPECT_EQ(kernel.cols, 400) << kernel.operations;
    }
    EXPECT_EQ(found, 1u);
  }
}

TEST(SplitDepth, GivesTheProductOnAnyNumberOfThreads) {
  for (const int64_t outputs : {256, 301, 784}) {
    const std::map<std::string, Array> inputs = {{"dy", waves({50, outputs}, 0.11)}};
    const Layer layer(50, outputs, 131);
    const auto expected = Interpreter(layer.graph).run(inputs);
    std::map<std::string, Array> first;
    for (const int threads : {1, 2, 4}) {
      const Layer same(50, outputs, 131);  // the step changed the weights of the last one
      const auto values = compile(same.graph, {.threads = threads, .verify = true}).run(inputs, {});
      for (const auto& [name, array] : values) {
        const auto got = array.values<float>();
        const auto want = expected.at(name).values<double>();
        // Sums of `outputs` products of values up to 1 in f32, and of 50 such sums.
        const double bound = 6e-8 * static_cast<double>(outputs) * (name == "sum" ? 50 : 1);
        for (size_t i = 0; i < got.size(); ++i) {
          ASSERT_NEAR(static_cast<double>(got[i]), want[i], bound * 2) << name << " " << i;
        }
        if (threads == 1) continue;
        const auto one = first.at(name).values<float>();
        EXPECT_TRUE(std::equal(got.begin(), got.end(), one.begin(), one.end())) << name << ", " << threads;
      }
      if (threads == 1) first = values;
    }
  }
}

}  // namespace
}  // namespace elbo
