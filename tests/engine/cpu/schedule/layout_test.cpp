// Values that lie turned in memory between kernels, columns read where they are, and weights turned once: that the
// answers are those of the interpreter, whatever the rows are cut into.
#include "elbo/engine/cpu/schedule/layout.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "tests/support/arrays.h"

namespace elbo {
namespace {

using testing_support::waves;

Tensor columns(Tensor x, int64_t start, int64_t stop, int64_t step = 1) {
  return slice(x, {.axis = -1, .start = start, .stop = stop, .step = step});
}

// A loss, an output a row, and gradients, against the interpreter in f64.
void expect_turned_answers(const Graph& graph, const std::map<std::string, Array>& inputs) {
  const auto truth = Interpreter(graph).run(inputs, {});
  for (const int threads : {1, 2}) {
    const auto outputs = compile(graph, {.threads = threads, .verify = true}).run(inputs, {});
    for (const auto& [name, array] : outputs) {
      const auto expected = truth.at(name).values<double>();
      for (size_t i = 0; i < expected.size(); ++i) {
        ASSERT_NEAR(static_cast<double>(array.values<float>()[i]), expected[i], 3e-5 * (1 + std::abs(expected[i])))
            << name << " " << i << ", rows " << inputs.at("x").shape()[0];
      }
    }
  }
}

// What a spline does: softmax of some columns, a mask of others, sums along rows; twice, with a product in between.
Tensor spline_like(Tensor x) {
  const Tensor parts = exp(columns(x, 0, 4)), whole = sum(parts, {.axes = {-1}, .keep = true});
  const Tensor mask = concat({columns(x, 1, 4), columns(parts, 2, 3) / whole}, -1);
  return sum(mask * cumsum(parts / whole, {}), {.axes = {-1}, .keep = true}) * columns(x, 0, 7, 2) +
         columns(reverse(mask, -1), 0, 4);
}

class TurnedLayouts : public testing::TestWithParam<int64_t> {};

// Forward values that only the backward kernels read; rows with and without whole tiles.
TEST_P(TurnedLayouts, ForwardValuesAreReadByTheGradients) {
  const int64_t rows = GetParam();
  Graph graph;
  const Tensor x = graph.input("x", {rows, 7});
  const VariablePtr w = make_variable("w", waves({7, 4}, 0.7)), head = make_variable("head", waves({20, 7}, 0.3));
  const Tensor h = matmul(tanh(spline_like(x)), graph.variable(w), {.transpose_b = true});
  const Tensor y = spline_like(h);
  const Tensor wide = matmul(tanh(h), graph.variable(head), {.transpose_b = true});
  const Tensor loss = mean(square(y)) + mean(square(tanh(y))) + mean(square(tanh(wide)));
  graph.output("y", y);
  graph.output("loss", loss);
  const Tensors grads = gradients(loss, {x, graph.variable(w), graph.variable(head)});
  graph.output("grad x", grads[0]);
  graph.output("grad w", grads[1]);
  graph.output("grad head", grads[2]);
  expect_turned_answers(graph, {{"x", waves({rows, 7}, 1.3)}});
}

INSTANTIATE_TEST_SUITE_P(Layouts, TurnedLayouts, testing::Values(8, 16, 48, 64, 96, 100, 256, 300, 512, 576, 1000));

TEST(TurnedWeights, GiveTheSameProductsAndUpdates) {
  for (const int64_t rows : {511, 512, 700}) {
    Graph graph;
    const Tensor x = graph.input("x", {rows, 70});
    const VariablePtr w = make_variable("w", waves({130, 70}, 0.9)), v = make_variable("v", waves({17, 130}, 0.4));
    const Tensor h = relu(matmul(x, graph.variable(w), {.transpose_b = true}));
    const Tensor loss = mean(square(matmul(h, graph.variable(v), {.transpose_b = true})));
    graph.output("loss", loss);
    const Tensors grads = gradients(loss, {graph.variable(w), graph.variable(v)});
    graph.output("grad w", grads[0]);
    graph.output("grad v", grads[1]);
    expect_turned_answers(graph, {{"x", waves({rows, 70}, 1.1)}});
  }
}

}  // namespace
}  // namespace elbo
