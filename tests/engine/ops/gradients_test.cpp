#include "elbo/engine/gradients.h"

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

TEST(Gradients, OfWhatTheLossDoesNotDependOnAreZeros) {
  Graph graph;
  const Tensor x = graph.input("x", {2}), y = graph.input("y", {3, 1});
  const Tensor loss = sum(square(x));
  const Tensor later = exp(x);  // made after the loss
  const Tensors grads = gradients(loss, {y, x, later});
  EXPECT_EQ(grads[0].shape(), (Shape{3, 1}));
  graph.output("y", grads[0]);
  graph.output("later", grads[2]);
  const auto out = Interpreter(graph).run({{"x", reals({2}, {1, 2})}, {"y", reals({3, 1}, {1, 2, 3})}});
  EXPECT_EQ(to_vector(out.at("y")), (Values{0, 0, 0}));
  EXPECT_EQ(to_vector(out.at("later")), (Values{0, 0}));
}

TEST(Gradients, AddUpOverEveryUse) {
  // h is used three times, once through two paths that meet again: d/dx of h^2 + h + h h' with h = x^2, h' = x h.
  const auto loss = [](Tensor x) {
    const Tensor h = square(x), other = x * h;
    return sum(square(h) + h + h * other);
  };
  const Array grad = evaluate({reals({2}, {2, -0.5})}, [&](const Tensors& x) { return gradients(loss(x[0]), x)[0]; });
  const auto truth = [](double x) { return 4 * x * x * x + 2 * x + 5 * std::pow(x, 4); };
  expect_values(to_vector(grad), {truth(2), truth(-0.5)});
}

TEST(Gradients, OfALongSharedChainStaySmall) {
  // x doubled sixty times by adding a value to itself: a walk of paths, not of nodes, would never end.
  Graph graph;
  const Tensor x = graph.input("x", {1});
  Tensor y = x;
  for (int i = 0; i < 60; ++i) y = y + y;
  const size_t before = graph.nodes().size();
  graph.output("grad", gradients(sum(y), {x})[0]);
  EXPECT_LT(graph.nodes().size(), before + 200);
  EXPECT_EQ(to_vector(Interpreter(graph).run({{"x", reals({1}, {1})}}).at("grad")), Values{0x1p60});
}

TEST(Gradients, ByInnerTensorsAndByTheLossItself) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  const Tensor h = exp(x);
  const Tensor loss = sum(h * 3.0);
  const Tensors grads = gradients(loss, {h, x, loss, h});
  for (size_t i = 0; i < grads.size(); ++i) graph.output(std::to_string(i), grads[i]);
  const auto out = Interpreter(graph).run({{"x", reals({2}, {0, 0})}});
  EXPECT_EQ(to_vector(out.at("0")), (Values{3, 3}));
  EXPECT_EQ(to_vector(out.at("1")), (Values{3, 3}));
  EXPECT_EQ(to_vector(out.at("2")), Values{1});
  EXPECT_EQ(grads[0].id(), grads[3].id());
}

TEST(Gradients, StopWhereTheyAreTold) {
  const auto grad = [](const testing_ops::Function& loss) {
    return to_vector(evaluate({reals({2}, {2, 3})}, [&](const Tensors& x) { return gradients(loss(x), x)[0]; }));
  };
  EXPECT_EQ(grad([](const Tensors& x) { return sum(stop_gradient(square(x[0]))); }), (Values{0, 0}));
  EXPECT_EQ(grad([](const Tensors& x) { return sum(x[0] * stop_gradient(x[0])); }), (Values{2, 3}));
  EXPECT_EQ(grad([](const Tensors& x) { return sum(x[0] * stop_gradient(x[0]) + square(x[0])); }), (Values{6, 9}));
}

TEST(Gradients, ToTheFifthOrder) {
  // d^n/dx^n of x^5: 5 x^4, 20 x^3, 60 x^2, 120 x, 120.
  const Array orders = evaluate({reals({1}, {2})}, [](const Tensors& x) {
    Tensors result = {pow(x[0], 5.0)};
    for (int order = 1; order <= 5; ++order) result.push_back(gradients(sum(result.back()), x)[0]);
    return concat(result, 0);
  });
  expect_values(to_vector(orders), {32, 80, 160, 240, 240, 120});
}

TEST(Gradients, OfVariablesTakeAStepDownhill) {
  Graph graph;
  const VariablePtr w = make_variable("w", Array::of<float>({2}, {1, -2}));
  const Tensor weights = graph.variable(w);
  const Tensor loss = sum(square(weights));
  graph.output("loss", loss);
  graph.update(w, weights - 0.25 * gradients(loss, {weights})[0]);
  Interpreter interpreter(graph);
  const double expected[] = {5, 1.25, 0.3125};
  for (const double value : expected) EXPECT_EQ(to_vector(interpreter.run({}).at("loss")), Values{value});
}

TEST(VectorJacobian, WeightsTheOutputs) {
  // y = A x: the product v^T A, and second order through the seed: it is linear in v.
  const Array a = drawn({3, 2}, 1), v = drawn({3, 1}, 2), x = drawn({2, 1}, 3);
  const Array product =
      evaluate({a, x, v}, [](const Tensors& in) { return vector_jacobian(matmul(in[0], in[1]), in[2], {in[1]})[0]; });
  const auto av = a.values<double>(), vv = v.values<double>();
  Values truth(2, 0.0);
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < 2; ++j) truth[j] += vv[i] * av[i * 2 + j];
  }
  expect_values(to_vector(product), truth);
}

TEST(VectorJacobian, OfAColumnGivesTheJacobianRowByRow) {
  const Array x = reals({3}, {0.5, -1, 2});
  const Array jacobian = evaluate({x}, [](const Tensors& in) {
    const Tensor y = cumsum(square(in[0]), {});
    Tensors rows;
    for (int64_t row = 0; row < 3; ++row) {
      const Tensor unit = reshape(one_hot(in[0].graph().constant(Array::of<int32_t>({1}, {int32_t(row)})), 3), {3});
      rows.push_back(reshape(vector_jacobian(y, unit, in)[0], {1, 3}));
    }
    return concat(rows, 0);
  });
  EXPECT_EQ(to_vector(jacobian), (Values{1, 0, 0, 1, -2, 0, 1, -2, 4}));
}

TEST(Gradients, RefuseALossThatIsNoNumber) {
  Graph graph, other;
  const Tensor x = graph.input("x", {2}), foreign = other.input("x", {2});
  EXPECT_EQ(message_of([&] { gradients(x, {x}); }), "gradients: the loss has shape [2], it must be one number");
  EXPECT_EQ(message_of([&] { vector_jacobian(x, sum(x), {x}); }),
            "vector_jacobian: seed [] and output [2] differ in shape");
  EXPECT_EQ(message_of([&] { gradients(sum(x), {foreign}); }), "gradients: a tensor of another graph is asked for");
  EXPECT_EQ(message_of([&] { gradients(sum(x), {Tensor{}}); }),
            "an undefined tensor is used where one of a graph is required");
  EXPECT_NO_THROW(gradients(reshape(sum(x), {1, 1}), {x}));
}

TEST(Gradients, DoNotReachVariablesThatAreHeld) {
  Graph graph;
  const VariablePtr w = make_variable("w", Array::of<float>({2}, {3, -0.5}));
  const Tensor x = graph.input("x", {2});
  Tensor held;
  {
    const auto guard = graph.hold_variables();
    const auto twice = graph.hold_variables();
    held = sum(square(x) * graph.variable(w));
    graph.update(w, graph.variable(w) + x);
  }
  const Tensors of_held = gradients(held, {graph.variable(w), x});
  const Tensors of_both = gradients(held + sum(x * graph.variable(w)), {graph.variable(w), x});
  for (size_t i = 0; i < 2; ++i) {
    graph.output("held " + std::to_string(i), of_held[i]);
    graph.output("both " + std::to_string(i), of_both[i]);
  }
  const auto out = Interpreter(graph).run({{"x", reals({2}, {1, 2})}});
  EXPECT_EQ(to_vector(out.at("held 0")), (Values{0, 0}));
  EXPECT_EQ(to_vector(out.at("held 1")), (Values{6, -2}));
  EXPECT_EQ(to_vector(out.at("both 0")), (Values{1, 2}));
  EXPECT_EQ(to_vector(out.at("both 1")), (Values{9, -2.5}));
}

const OpDef kRough{.name = "rough", .inputs = {"src"}, .shape = broadcast_shape, .scalar = [](const double* x, double) {
                     return x[0];
                   }};

TEST(Gradients, NameTheOperationWithoutADerivative) {
  Graph graph;
  const Tensor x = graph.input("x", {2}), y = graph.input("y", {2});
  Tensor rough;
  {
    const auto scope = graph.scope("prior.2");
    rough = graph.add(kRough, {x});
  }
  const Tensor loss = sum(rough * y);
  EXPECT_EQ(message_of([&] { gradients(loss, {x}); }), "gradients: rough at prior.2 has no derivative");
  // Only where the derivative is needed.
  EXPECT_NO_THROW(gradients(loss, {y}));
  EXPECT_NO_THROW(gradients(loss, {rough}));
  EXPECT_NO_THROW(gradients(sum(stop_gradient(rough) + y), {y}));
}

TEST(Gradients, CarryTheScopeOfTheForwardNode) {
  Graph graph;
  const Tensor x = graph.input("x", {2});
  Tensor y;
  {
    const auto scope = graph.scope("decoder.0");
    y = tanh(x);
  }
  const int before = static_cast<int>(graph.nodes().size());
  gradients(sum(y), {x});
  bool found = false;
  for (int id = before; id < static_cast<int>(graph.nodes().size()); ++id) {
    found = found || graph.node(id).scope == "decoder.0";
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(graph.scope_path(), "");
}

}  // namespace
}  // namespace elbo
