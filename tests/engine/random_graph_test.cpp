// Random graphs in the reference interpreter: f32 against f64, and what the generator promises.
#include "tests/engine/random_graph.h"

#include <gtest/gtest.h>
#include <set>

#include "elbo/engine/op.h"

namespace elbo {
namespace {

TEST(RandomGraphs, AgreeInF32AndF64) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    const RandomGraphOptions options{.seed = seed,
                                     .operations = seed % 10 == 0 ? 300 : 60,
                                     .rows = std::vector<int64_t>{7, 1, 12, 33, 2}[seed % 5],
                                     .cols = std::vector<int64_t>{5, 4, 1, 9}[seed % 4]};
    SCOPED_TRACE("make_random_graph(" + to_string(options) + ")");
    const auto random = make_random_graph(options);
    Interpreter wide(random->graph), narrow(random->graph, {.precision = Precision::kF32});
    const auto truth = wide.run(random->inputs, {.seed = seed, .step = 3});
    const auto rounded = narrow.run(random->inputs, {.seed = seed, .step = 3});
    EXPECT_EQ(wide.first_non_finite(), std::nullopt);
    for (const auto& [name, array] : truth) {
      double scale = 0, moved = 0;
      for (size_t i = 0; i < static_cast<size_t>(array.elements()); ++i) {
        scale = std::max(scale, std::abs(array.values<double>()[i]));
        moved = std::max(moved, std::abs(array.values<double>()[i] - rounded.at(name).values<double>()[i]));
      }
      // Well conditioned: a thousand roundings.  A gradient that cancels to nothing keeps the rounding of its terms.
      EXPECT_LE(moved, 0x1p-23 * 1000 * (1e-2 + scale)) << name;
    }
  }
}

TEST(RandomGraphs, AreTheSameForTheSameSeed) {
  const RandomGraphOptions options{.seed = 5};
  EXPECT_EQ(to_text(make_random_graph(options)->graph), to_text(make_random_graph(options)->graph));
  EXPECT_NE(to_text(make_random_graph(options)->graph), to_text(make_random_graph({.seed = 6})->graph));
}

// A generator that never makes an operation would let that operation's kernels go untested.
TEST(RandomGraphs, UseEveryOperation) {
  std::set<std::string_view> used;
  for (unsigned seed = 1; seed <= 20; ++seed) {
    const auto random = make_random_graph({.seed = seed, .operations = 200, .rows = 6, .cols = 4});
    for (const Node& node : random->graph.nodes()) used.insert(node.op->name);
  }
  // Of a count, a rounding of what it depends on moves it by a whole one: ops/draw_count_test.cpp.
  used.insert("draw_count");
  for (const OpDef* op : all_ops()) EXPECT_TRUE(used.count(op->name) == 1) << op->name << " is in no random graph";
}

TEST(RandomGraphs, TakeEmptyAndSizeOneShapes) {
  for (const auto& [rows, cols] : std::vector<std::pair<int64_t, int64_t>>{{0, 5}, {5, 0}, {0, 0}, {1, 1}}) {
    for (unsigned seed = 1; seed <= 10; ++seed) {
      const RandomGraphOptions options{.seed = seed, .operations = 50, .rows = rows, .cols = cols};
      SCOPED_TRACE("make_random_graph(" + to_string(options) + ")");
      const auto random = make_random_graph(options);
      Interpreter interpreter(random->graph);
      interpreter.run(random->inputs);
      EXPECT_EQ(interpreter.first_non_finite(), std::nullopt);
    }
  }
}

}  // namespace
}  // namespace elbo
