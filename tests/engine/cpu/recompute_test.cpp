#include "elbo/engine/cpu/recompute.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
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
