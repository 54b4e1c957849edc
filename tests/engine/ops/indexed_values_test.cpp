// Indexed operations, the change to real numbers and the draws, against loops written out.
#include <algorithm>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::drawn;
using testing_ops::evaluate;
using testing_ops::expect_values;
using testing_ops::message_of;
using testing_ops::reals;
using testing_ops::to_vector;
using Values = std::vector<double>;

Array integers(const std::vector<int32_t>& values) {
  return Array::of<int32_t>({static_cast<int64_t>(values.size())}, values);
}

TEST(Gather, LooksUpAlongTheAxis) {
  const Array x = reals({3, 2}, {0, 1, 10, 11, 20, 21});
  EXPECT_EQ(to_vector(evaluate({x, integers({2, 0, 2})}, [](const Tensors& in) { return gather(in[0], in[1], 0); })),
            (Values{20, 21, 0, 1, 20, 21}));
  EXPECT_EQ(to_vector(evaluate({x, integers({1})}, [](const Tensors& in) { return gather(in[0], in[1], -1); })),
            (Values{1, 11, 21}));
  const Array none = evaluate({x, integers({})}, [](const Tensors& in) { return gather(in[0], in[1], 0); });
  EXPECT_EQ(none.shape(), (Shape{0, 2}));
  const Array cube = drawn({2, 3, 4}, 1);
  const Array y =
      evaluate({cube, integers({1, 2, 1, 0, 0})}, [](const Tensors& in) { return gather(in[0], in[1], 1); });
  Values truth;
  for (const int i : {0, 1}) {
    for (const int j : {1, 2, 1, 0, 0}) {
      for (int k = 0; k < 4; ++k) truth.push_back(cube.values<double>()[static_cast<size_t>((i * 3 + j) * 4 + k)]);
    }
  }
  EXPECT_EQ(to_vector(y), truth);
}

TEST(ScatterAdd, AddsWhereIndicesMeet) {
  const Array updates = reals({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(to_vector(evaluate({updates, integers({3, 0, 3})},
                               [](const Tensors& in) { return scatter_add(in[0], in[1], 0, 4); })),
            (Values{3, 4, 0, 0, 0, 0, 6, 8}));
  EXPECT_EQ(to_vector(evaluate({updates, integers({1, 1})},
                               [](const Tensors& in) { return scatter_add(in[0], in[1], 1, 3); })),
            (Values{0, 3, 0, 0, 7, 0, 0, 11, 0}));
  EXPECT_EQ(to_vector(evaluate({reals({0}, {}), integers({})},
                               [](const Tensors& in) { return scatter_add(in[0], in[1], 0, 2); })),
            (Values{0, 0}));
}

TEST(Cumsum, AddsUpBothWaysWithAndWithoutItself) {
  const auto total = [](bool exclusive, bool reverse) {
    return to_vector(evaluate({reals({2, 3}, {1, 2, 3, 10, 20, 30})}, [=](const Tensors& x) {
      return cumsum(x[0], {.exclusive = exclusive, .reverse = reverse});
    }));
  };
  EXPECT_EQ(total(false, false), (Values{1, 3, 6, 10, 30, 60}));
  EXPECT_EQ(total(true, false), (Values{0, 1, 3, 0, 10, 30}));
  EXPECT_EQ(total(false, true), (Values{6, 5, 3, 60, 50, 30}));
  EXPECT_EQ(total(true, true), (Values{5, 3, 0, 50, 30, 0}));
  EXPECT_EQ(
      to_vector(evaluate({reals({2, 2}, {1, 2, 3, 4})}, [](const Tensors& x) { return cumsum(x[0], {.axis = 0}); })),
      (Values{1, 2, 4, 6}));
  EXPECT_EQ(evaluate({reals({2, 0}, {})}, [](const Tensors& x) { return cumsum(x[0], {}); }).shape(), (Shape{2, 0}));
}

TEST(OneHot, PutsOneAtTheIndex) {
  const Array y =
      evaluate({Array::of<int32_t>({2, 2}, {0, 2, 1, 1})}, [](const Tensors& x) { return one_hot(x[0], 3); });
  EXPECT_EQ(y.shape(), (Shape{2, 2, 3}));
  EXPECT_EQ(to_vector(y), (Values{1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 1, 0}));
}

TEST(ToReal, KeepsTheNumber) {
  EXPECT_EQ(to_vector(evaluate({Array::of<uint8_t>({3}, {0, 127, 255})},
                               [](const Tensors& x) { return to_real(x[0]) / 255.0; })),
            (Values{0, 127.0 / 255, 1}));
  EXPECT_EQ(to_vector(evaluate({integers({-7, 0, 7})}, [](const Tensors& x) { return to_real(x[0]); })),
            (Values{-7, 0, 7}));
}

TEST(Indices, OutsideTheAxisAreRefusedWhenTheStepRuns) {
  const Array x = reals({3}, {1, 2, 3});
  const auto run = [&](int32_t index, const testing_ops::Function& function) {
    return message_of<DataError>([&] { evaluate({x, integers({index, 0, 0})}, function); });
  };
  EXPECT_EQ(run(3, [](const Tensors& in) { return gather(in[0], in[1], 0); }), "gather: the index 3 lies outside 0..2");
  EXPECT_EQ(run(-1, [](const Tensors& in) { return gather(in[0], in[1], 0); }),
            "gather: the index -1 lies outside 0..2");
  EXPECT_EQ(run(5, [](const Tensors& in) { return scatter_add(in[0], in[1], 0, 5); }),
            "scatter_add: the index 5 lies outside 0..4");
  EXPECT_EQ(run(4,
                [](const Tensors& in) {
                  const auto scope = in[0].graph().scope("labels");
                  return one_hot(in[1], 4);
                }),
            "one_hot at labels: the index 4 lies outside 0..3");
}

TEST(Indexed, RefuseWrongShapesAndDtypes) {
  const auto refusal = [](const std::function<void(Tensor, Tensor)>& call) {
    return message_of([&] {
      Graph graph;
      const auto scope = graph.scope("flow");
      call(graph.input("x", {2, 3}), graph.input("i", {4}, DType::kI32));
    });
  };
  EXPECT_EQ(refusal([](Tensor x, Tensor) { gather(x, x, 0); }),
            "gather at flow: src [2, 3]: the indices [2, 3] of f32 must be i32 of rank 1");
  EXPECT_EQ(refusal([](Tensor x, Tensor i) { gather(x, i, 2); }), "gather at flow: src [2, 3]: axis 2 does not exist");
  EXPECT_EQ(refusal([](Tensor, Tensor i) { gather(i, i, 0); }),
            "gather at flow: src [4]: takes real tensors, was given i32 (see to_real)");
  EXPECT_EQ(
      refusal([](Tensor x, Tensor i) { scatter_add(x, i, 1, 5); }),
      "scatter_add at flow: updates [2, 3] and indices [4]: one index is needed for each of the updates along axis 1");
  EXPECT_EQ(refusal([](Tensor x, Tensor i) { scatter_add(x, i, 1, -1); }),
            "scatter_add at flow: updates [2, 3]: the size -1 must not be negative");
  EXPECT_EQ(refusal([](Tensor x, Tensor) { one_hot(x, 3); }),
            "one_hot at flow: indices [2, 3]: takes i32, was given f32");
  EXPECT_EQ(refusal([](Tensor, Tensor i) { one_hot(i, -3); }),
            "one_hot at flow: indices [4]: the depth -3 must not be negative");
  EXPECT_EQ(refusal([](Tensor, Tensor i) { cumsum(i, {}); }),
            "cumsum at flow: src [4]: takes real tensors, was given i32 (see to_real)");
}

// Draws: one stream a call, counted by row; the numbers themselves are the CPU back end's tests' business.
TEST(Draws, DependOnSeedStreamStepAndRowAlone) {
  Graph graph;
  const Tensor a = random_normal(graph, {6, 5}), b = random_normal(graph, {6, 5}), u = random_uniform(graph, {6, 5});
  const Tensor short_one = random_uniform(graph, {});
  for (const auto& [name, tensor] : std::map<std::string, Tensor>{{"a", a}, {"b", b}, {"u", u}, {"s", short_one}}) {
    graph.output(name, tensor);
  }
  Interpreter interpreter(graph);
  const auto first = interpreter.run({}, {.seed = 1, .step = 2});
  const auto again = interpreter.run({}, {.seed = 1, .step = 2});
  const auto next_step = interpreter.run({}, {.seed = 1, .step = 3});
  const auto other_seed = interpreter.run({}, {.seed = 2, .step = 2});
  for (const auto& [name, array] : first) {
    EXPECT_EQ(to_vector(array), to_vector(again.at(name)));
    EXPECT_NE(to_vector(array), to_vector(next_step.at(name)));
    EXPECT_NE(to_vector(array), to_vector(other_seed.at(name)));
  }
  EXPECT_NE(to_vector(first.at("a")), to_vector(first.at("b")));
  for (const double value : to_vector(first.at("u"))) {
    EXPECT_GT(value, 0);
    EXPECT_LT(value, 1);
  }
  // Fewer rows of the same stream are the first rows.
  Graph fewer;
  fewer.output("a", random_normal(fewer, {2, 5}));
  const Values rows = to_vector(Interpreter(fewer).run({}, {.seed = 1, .step = 2}).at("a"));
  EXPECT_TRUE(std::equal(rows.begin(), rows.end(), to_vector(first.at("a")).begin()));
}

TEST(Draws, HaveTheMomentsOfTheirDistribution) {
  Graph graph;
  constexpr int64_t kRows = 500, kCols = 37;
  graph.output("n", random_normal(graph, {kRows, kCols}));
  graph.output("u", random_uniform(graph, {kRows, kCols}));
  const auto out = Interpreter(graph).run({}, {.seed = 3});
  const double count = kRows * kCols;
  const auto moment = [&](const std::string& name, int power) {
    double total = 0;
    for (const double value : to_vector(out.at(name))) total += std::pow(value, power);
    return total / count;
  };
  // Four standard errors each.
  EXPECT_NEAR(moment("n", 1), 0, 4 / std::sqrt(count));
  EXPECT_NEAR(moment("n", 2), 1, 4 * std::sqrt(2 / count));
  EXPECT_NEAR(moment("n", 4), 3, 4 * std::sqrt(96 / count));
  EXPECT_NEAR(moment("u", 1), 0.5, 4 * std::sqrt(1 / 12.0 / count));
  EXPECT_NEAR(moment("u", 2), 1 / 3.0, 4 * std::sqrt(4 / 45.0 / count));
}

}  // namespace
}  // namespace elbo
