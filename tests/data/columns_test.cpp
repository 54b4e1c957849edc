// What the columns of a data set hold, and how a graph declares and is fed with them.
#include <cmath>

#include "elbo/data/feed.h"
#include "elbo/data/graph_input.h"
#include "elbo/data/registry.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using testing::ElementsAre;

Dataset of_x(Array x, float scale = 1) {
  Dataset dataset{.name = "test", .value_scale = scale};
  dataset.train.set("x", std::move(x));
  return dataset;
}

TEST(SplitData, HoldsArraysOfAsManyRowsByName) {
  SplitData split{{"x", Array(DType::kF32, {3, 2})}, {"label", Array(DType::kI32, {3})}};
  EXPECT_EQ(split.count(), 3);
  EXPECT_EQ(split.array("label").shape(), (Shape{3}));
  EXPECT_FALSE(split.has("context"));
  EXPECT_EQ(message_of([&] { split.array("labels"); }),
            "unknown column \"labels\"; known: x, label (did you mean label?)");
  EXPECT_EQ(message_of([&] {
              split.set("context", Array(DType::kF32, {2, 1}));
            }),
            "the array \"context\" is [2, 1]; 3 rows are required, as in \"x\"");
  EXPECT_THROW(split.set("x", Array(DType::kF32, {4, 2})), DataError);
  split.set("x", Array(DType::kU8, {3, 5}));
  EXPECT_EQ(split.array("x").shape(), (Shape{3, 5}));
  EXPECT_EQ(split.arrays().size(), 2u);
  EXPECT_EQ(SplitData().count(), 0);
}

TEST(Columns, AreOfTheKindThatTheirTrainingRowsHold) {
  const auto kind_of = [](const Dataset& dataset) { return dataset.column("x").values; };
  EXPECT_EQ(kind_of(of_x(Array::of<uint8_t>({2, 2}, {0, 1, 1, 0}))), Values::kBits);
  EXPECT_EQ(kind_of(of_x(Array::of<uint8_t>({2, 2}, {0, 1, 1, 255}), 255)), Values::kUnit);
  EXPECT_EQ(kind_of(of_x(Array::of<float>({2, 2}, {0, 1, 1, 0}))), Values::kBits);
  EXPECT_EQ(kind_of(of_x(Array::of<float>({2, 2}, {0, 0.5f, 1, 0}))), Values::kUnit);
  EXPECT_EQ(kind_of(of_x(Array::of<float>({2, 2}, {0, 0.5f, 1.5f, 0}))), Values::kReals);
  EXPECT_EQ(kind_of(of_x(Array::of<float>({2, 2}, {0, 1, -1, 0}))), Values::kReals);
  Dataset grey = of_x(Array::of<uint8_t>({2, 2}, {0, 10, 100, 255}), 255);
  grey.binarization = Binarization::kDynamic;
  EXPECT_EQ(kind_of(grey), Values::kBits);
}

TEST(Columns, OfLabelsHaveAsManyLevelsAsTheHighestOfAnySplit) {
  Dataset dataset = of_x(Array(DType::kF32, {3, 4}));
  dataset.train.set("label", Array::of<int32_t>({3}, {0, 4, 1}));
  dataset.test = {{"x", Array(DType::kF32, {1, 4})}, {"label", Array::of<int32_t>({1}, {6})}};
  const std::vector<ColumnFacts> columns = dataset.columns();
  ASSERT_EQ(columns.size(), 2u);
  EXPECT_EQ(columns[0], (ColumnFacts{"x", 4, Values::kBits, 2}));
  EXPECT_EQ(columns[1], (ColumnFacts{"label", 1, Values::kLevels, 7}));
  dataset.train.set("label", Array::of<int32_t>({3}, {0, -4, 1}));
  EXPECT_EQ(dataset.column("label").values, Values::kReals);
  EXPECT_THROW(dataset.column("context"), DataError);
}

TEST(Columns, OfLevelsAreBelowTheirNumber) {
  const Dataset dataset = of_x(Array::of<uint8_t>({2, 2}, {0, 3, 4, 16}));
  EXPECT_NO_THROW(require_values(dataset, "x", Values::kLevels, "q"));
  EXPECT_NO_THROW(require_values(dataset, "x", Values::kLevels, "q", 17));
  EXPECT_EQ(message_of([&] { require_values(dataset, "x", Values::kLevels, "q", 16); }),
            "q: test, train row 2, column 2 is 16.000000; whole numbers from 0 to 15 are required");
}

TEST(Columns, RefuseValuesOfAnotherKindWithTheFirst) {
  Dataset dataset = of_x(Array::of<float>({2, 2}, {0, 1, 1, 0}));
  dataset.test = {{"x", Array::of<float>({2, 2}, {0, 1, 0.5f, -3})}};
  EXPECT_EQ(message_of([&] { require_values(dataset, "x", Values::kBits, "bernoulli"); }),
            "bernoulli: test, test row 2, column 1 is 0.500000; zeros and ones are required");
  EXPECT_EQ(message_of([&] { require_values(dataset, "x", Values::kUnit, "bernoulli"); }),
            "bernoulli: test, test row 2, column 2 is -3.000000; values from 0 to 1 are required");
  EXPECT_EQ(message_of([&] { require_values(dataset, "x", Values::kCounts, "poisson"); }),
            "poisson: test, test row 2, column 1 is 0.500000; whole numbers from 0 on are required");
  EXPECT_EQ(message_of([&] { require_values(dataset, "x", Values::kPositive, "gamma"); }),
            "gamma: test, train row 1, column 1 is 0.000000; values above 0 are required");
  EXPECT_NO_THROW(require_values(dataset, "x", Values::kReals, "normal"));
  Dataset grey = of_x(Array::of<uint8_t>({2, 2}, {0, 10, 100, 255}), 255);
  EXPECT_NO_THROW(require_values(grey, "x", Values::kUnit, "bernoulli"));
  EXPECT_EQ(message_of([&] { require_values(grey, "x", Values::kBits, "q"); }),
            "q: test, train row 1, column 2 is 0.039216; zeros and ones are required");
  grey.binarization = Binarization::kDynamic;
  EXPECT_NO_THROW(require_values(grey, "x", Values::kBits, "q"));
}

// Every row's values arrive as they are meant, whatever they are stored as.
TEST(Inputs, AreFedByTheNamesOfColumns) {
  Dataset dataset = of_x(Array::of<uint8_t>({3, 2}, {0, 51, 102, 153, 204, 255}), 255);
  dataset.train.set("label", Array::of<int32_t>({3}, {7, 8, 9}));
  dataset.train.set("context", Array::of<float>({3, 1}, {-1, -2, -3}));
  Graph graph;
  const Inputs in = inputs(graph, dataset, 2, {"x", "label", "context"});
  EXPECT_EQ(in.at("label").dtype(), DType::kI32);
  graph.output("x", in.at("x") + 0.0);
  graph.output("label", to_real(in.at("label")));
  graph.output("context", in.at("context") * 2);
  const Executable run = compile(graph);
  const Feed feed(run, dataset.train);
  feed(std::vector<int64_t>{2, 0});
  run.run();
  const auto values = [&](const char* name) {
    const auto all = run.output(name).values<float>();
    return std::vector<double>(all.begin(), all.end());
  };
  EXPECT_THAT(values("x"), ElementsAre(testing::DoubleNear(0.8, 1e-6), 1, 0, testing::DoubleNear(0.2, 1e-6)));
  EXPECT_THAT(values("label"), ElementsAre(9, 7));
  EXPECT_THAT(values("context"), ElementsAre(-6, -2));
}

// The mean of the drawn bits is the grey value; every step draws others.
TEST(Inputs, AreDrawnAsBitsAnewInEveryStep) {
  constexpr int kSteps = 4000;
  Dataset dataset = of_x(Array::of<uint8_t>({1, 3}, {0, 64, 255}), 255);
  dataset.binarization = Binarization::kDynamic;
  Graph graph;
  graph.output("x", inputs(graph, dataset, 1).at("x") + 0.0);
  const Executable run = compile(graph);
  Feed(run, dataset.train)(std::vector<int64_t>{0});
  std::vector<double> sums(3, 0.0);
  for (uint64_t step = 0; step < kSteps; ++step) {
    run.run({.seed = 3, .step = step});
    for (size_t i = 0; i < 3; ++i) sums[i] += static_cast<double>(run.output("x").values<float>()[i]);
  }
  const double p = 64 / 255.0;
  EXPECT_EQ(sums[0], 0);
  EXPECT_NEAR(sums[1] / kSteps, p, 4 * std::sqrt(p * (1 - p) / kSteps));
  EXPECT_EQ(sums[2], kSteps);
}

TEST(Feed, RefusesInputsThatTheDataDoNotHave) {
  const SplitData split{{"x", Array(DType::kF32, {3, 2})}};
  Graph graph;
  graph.output("y", graph.input("x", {2, 2}) + graph.input("context", {2, 2}));
  const Executable run = compile(graph);
  EXPECT_EQ(message_of([&] { Feed(run, split); }),
            "the graph's input \"context\" is no column of the data, which have x");
  Graph wide;
  wide.output("y", wide.input("x", {2, 5}) + 1.0);
  const Executable other = compile(wide);
  EXPECT_EQ(message_of([&] { Feed(other, split); }),
            "the graph's input \"x\" is [2, 5] f32, and the data have [3, 2] f32");
}

}  // namespace
}  // namespace elbo::data
