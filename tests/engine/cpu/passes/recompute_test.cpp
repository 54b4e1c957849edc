#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/cpu/passes/passes.h"
#include "elbo/engine/ops.h"

namespace elbo {
namespace {

// The rows of `read` are needed before and after a sum over all rows, which no kernel can wait for inside.
struct AroundASum {
  Graph graph;
  Tensor x = graph.input("x", {40, 6});

  void finish(Tensor read, const std::vector<Tensor>& also_read) {
    const Tensor total = sum(read, {.axes = {0}, .keep = true});
    Tensor out = total * read;
    for (const Tensor& other : also_read) out = out + tanh(other * total);
    graph.output("out", out);
  }
  size_t copies() {
    const size_t before = graph.nodes().size();
    cpu::recompute()->run(graph);
    verify(graph);
    return graph.nodes().size() - before;
  }
};

TEST(Recompute, CopiesACheapValueOfWhatIsReadAnyway) {
  AroundASum t;
  const Tensor e = exp(t.x);
  t.finish(e * t.x, {e});
  EXPECT_EQ(t.copies(), 1u);
}

TEST(Recompute, KeepsWhatIsDearToCompute) {
  AroundASum t;
  t.finish(exp(t.x), {});
  EXPECT_EQ(t.copies(), 0u);
}

TEST(Recompute, KeepsAValueWhoseSourcesAreMoreToRead) {
  AroundASum t;
  const Tensor y = t.graph.input("y", {40, 6}), z = t.graph.input("z", {40, 6});
  t.finish(y * z, {});
  EXPECT_EQ(t.copies(), 0u);
}

size_t kernels_with(const Graph& graph, bool recompute) {
  return compile(graph, {.without = recompute ? std::set<std::string>{} : std::set<std::string>{"recompute"}})
      .report()
      .kernels.size();
}

TEST(Recompute, MakesNoKernelsForRowsThatAllRead) {
  Graph graph;
  const Tensor row = square(graph.variable(make_variable("row", Array(DType::kF32, {1, 16}))));
  Tensor y = graph.input("x", {512, 16});
  for (int i = 0; i < 3; ++i) {
    y = tanh(y * row);
    y = y - mean(y, {.axes = {0}, .keep = true});
  }
  graph.output("y", y);
  EXPECT_EQ(kernels_with(graph, true), kernels_with(graph, false));
}

TEST(Recompute, LeavesNothingThatNobodyReads) {
  Graph graph;
  const Tensor a = graph.input("a", {512, 16}), b = graph.input("b", {512, 16});
  const Tensor x = a - b;
  const auto centered = [](Tensor y) { return y - mean(y, {.axes = {0}, .keep = true}); };
  const Tensor y = centered(tanh(centered(tanh(a + b)) * x + a * b)) * x * a * b;
  graph.output("y", y);
  EXPECT_LT(kernels_with(graph, true), kernels_with(graph, false));
}

TEST(Recompute, LetsVariablesBeWrittenInPlace) {
  Graph graph;
  const VariablePtr table = make_variable("table", Array(DType::kF32, {1024, 64}));
  const Tensor rows = graph.variable(table), x = graph.input("x", {1024, 1});
  const Tensor first = slice(rows, {.axis = -1, .start = 0, .stop = 1});
  Tensor h = tanh(first * x);
  h = h - mean(h, {.axes = {0}, .keep = true});
  graph.output("h", h);
  graph.update(table, rows * 0.99 - first * h);
  EXPECT_EQ(kernels_with(graph, true), kernels_with(graph, false));
}

TEST(Recompute, GivesTheSameBits) {
  AroundASum t;
  const Tensor e = exp(t.x);
  t.finish(slice(e * t.x, {.axis = -1, .start = 1, .stop = 5}), {});
  t.graph.output("e", e);
  Array x(DType::kF32, {40, 6});
  for (size_t i = 0; i < 240; ++i) x.values<float>()[i] = std::sin(static_cast<float>(i));
  const auto with = compile(t.graph).run({{"x", x}}, {});
  const auto without = compile(t.graph, {.without = {"recompute"}}).run({{"x", x}}, {});
  for (const auto& [name, array] : with) {
    const auto a = array.values<float>(), b = without.at(name).values<float>();
    EXPECT_TRUE(std::equal(a.begin(), a.end(), b.begin(), b.end())) << name;
  }
}

}  // namespace
}  // namespace elbo
