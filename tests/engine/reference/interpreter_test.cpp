#include "elbo/engine/interpreter.h"

#include <limits>

#include "tests/engine/ops/op_testing.h"

namespace elbo {
namespace {

using testing_ops::message_of;
using testing_ops::reals;
using testing_ops::to_vector;
using Values = std::vector<double>;

TEST(Interpreter, TakesInputsOfEachDtype) {
  Graph graph;
  const Tensor x = graph.input("x", {2}), bytes = graph.input("bytes", {2}, DType::kU8);
  const Tensor index = graph.input("index", {2}, DType::kI32);
  graph.output("sum", x + to_real(bytes) + gather(x, index, 0));
  const auto out = Interpreter(graph).run({{"x", Array::of<float>({2}, {0.5f, 1.5f})},
                                           {"bytes", Array::of<uint8_t>({2}, {10, 20})},
                                           {"index", Array::of<int32_t>({2}, {1, 1})}});
  EXPECT_EQ(to_vector(out.at("sum")), (Values{12, 23}));
}

TEST(Interpreter, NamesTheInputThatIsWrong) {
  Graph graph;
  graph.output("y", graph.input("x", {2, 3}) * 2.0);
  Interpreter interpreter(graph);
  EXPECT_EQ(message_of<DataError>([&] { interpreter.run({}); }), "run: the input \"x\" is missing");
  EXPECT_EQ(message_of<DataError>([&] {
              interpreter.run({{"x", Array(DType::kF32, {3, 2})}});
            }),
            "run: the input \"x\" is f32 [3, 2], the graph declares f32 [2, 3]");
  EXPECT_EQ(message_of<DataError>([&] {
              interpreter.run({{"x", Array(DType::kU8, {2, 3})}});
            }),
            "run: the input \"x\" is u8 [2, 3], the graph declares f32 [2, 3]");
}

TEST(Interpreter, AssignsUpdatesAtTheEndOfTheStep) {
  Graph graph;
  const VariablePtr a = make_variable("a", Array::of<float>({1}, {1}));
  const VariablePtr b = make_variable("b", Array::of<float>({1}, {10}));
  graph.output("a", graph.variable(a));
  graph.update({{a, graph.variable(b)}, {b, graph.variable(a)}});  // exchange: both read the old values
  Interpreter interpreter(graph);
  EXPECT_EQ(to_vector(interpreter.run({}).at("a")), Values{1});
  EXPECT_EQ(interpreter.variable(a.get()), Values{10});
  EXPECT_EQ(interpreter.variable(b.get()), Values{1});
  EXPECT_EQ(to_vector(interpreter.run({}).at("a")), Values{10});
  // The variables themselves stay as they were; setting the copy counts.
  EXPECT_EQ(a->value.values<float>()[0], 1.0f);
  interpreter.set_variable(a.get(), {7});
  EXPECT_EQ(to_vector(interpreter.run({}).at("a")), Values{7});
}

TEST(Interpreter, RoundsEveryValueInF32) {
  Graph graph;
  const VariablePtr w = make_variable("w", Array::of<float>({1}, {0}));
  const Tensor x = graph.input("x", {1});
  graph.output("x", x);
  graph.output("third", x / 3.0);
  graph.output("w", graph.variable(w));
  graph.output("index", to_real(graph.input("index", {1}, DType::kI32)));
  const auto run = [&](Precision precision) {
    Interpreter interpreter(graph, {.precision = precision});
    interpreter.set_variable(w.get(), {0.1});
    return interpreter.run({{"x", reals({1}, {0.1})}, {"index", Array::of<int32_t>({1}, {(1 << 24) + 1})}});
  };
  const auto narrow = run(Precision::kF32), wide = run(Precision::kF64);
  EXPECT_EQ(to_vector(wide.at("x")), Values{0.1});
  EXPECT_EQ(to_vector(wide.at("third")), Values{0.1 / 3});
  EXPECT_EQ(to_vector(wide.at("w")), Values{0.1});
  EXPECT_EQ(to_vector(narrow.at("x")), Values{0.1f});
  EXPECT_EQ(to_vector(narrow.at("third")), Values{0.1f / 3.0f});
  EXPECT_EQ(to_vector(narrow.at("w")), Values{0.1f});
  EXPECT_EQ(to_vector(narrow.at("index")), Values{static_cast<float>((1 << 24) + 1)});
}

TEST(Interpreter, KeepsIntegersWholeInF32) {
  Graph graph;
  const int32_t large = (1 << 24) + 1;  // has no f32
  const Tensor index = graph.input("index", {1}, DType::kI32);
  graph.output("index", slice(concat({index, index}, 0), {.axis = 0, .start = 1, .stop = 2}));
  Interpreter interpreter(graph, {.precision = Precision::kF32});
  EXPECT_EQ(to_vector(interpreter.run({{"index", Array::of<int32_t>({1}, {large})}}).at("index")), Values{large});
}

TEST(Interpreter, ShowsEveryValueAndTheFirstThatIsNotFinite) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  const Tensor y = log(x);
  graph.output("z", exp(y));
  Interpreter interpreter(graph);
  interpreter.run({{"x", reals({2}, {1, 2})}});
  EXPECT_EQ(to_vector(interpreter.value(y)), (Values{0, std::log(2.0)}));
  EXPECT_EQ(interpreter.first_non_finite(), std::nullopt);
  interpreter.run({{"x", reals({2}, {1, 0})}});
  EXPECT_EQ(interpreter.first_non_finite(), y.id());
}

TEST(Interpreter, NamesWhatAConstantInfinityGotInto) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  const Tensor inside = select(less(x, 1.0), x, graph.constant(-std::numeric_limits<double>::infinity()));
  graph.output("y", inside);
  Interpreter interpreter(graph);
  interpreter.run({{"x", reals({2}, {0, 0.5})}});
  EXPECT_EQ(interpreter.first_non_finite(), std::nullopt);
  interpreter.run({{"x", reals({2}, {0, 2})}});
  EXPECT_EQ(interpreter.first_non_finite(), inside.id());
}

TEST(Interpreter, ReadsConstantsOfEachDtype) {
  Graph graph;
  graph.output("scalar", graph.constant(0.1));
  graph.output("wide", graph.constant(reals({2}, {0.5, -3})));
  graph.output("narrow", graph.constant(Array::of<float>({1, 1}, {2.5f})));
  graph.output("bytes", to_real(graph.constant(Array::of<uint8_t>({2}, {0, 255}))));
  graph.output("empty", graph.constant(Array(DType::kF32, {0, 3})));
  const auto out = Interpreter(graph).run({});
  EXPECT_EQ(to_vector(out.at("scalar")), Values{0.1});
  EXPECT_EQ(to_vector(out.at("wide")), (Values{0.5, -3}));
  EXPECT_EQ(to_vector(out.at("narrow")), Values{2.5});
  EXPECT_EQ(to_vector(out.at("bytes")), (Values{0, 255}));
  EXPECT_EQ(out.at("empty").shape(), (Shape{0, 3}));
}

}  // namespace
}  // namespace elbo
