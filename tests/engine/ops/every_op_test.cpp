// Every row of the table of operations: first and second derivatives against differences.
#include <cmath>
#include <gmock/gmock.h>

#include "elbo/engine/ops/rows.h"
#include "tests/engine/ops/op_cases.h"

namespace elbo {
namespace {

using ::testing::HasSubstr;
using testing_ops::cases_of;
using testing_ops::check_derivatives;
using testing_ops::DerivativeCase;
using testing_ops::drawn;
using testing_ops::evaluate;
using testing_ops::to_vector;

class EveryOp : public ::testing::TestWithParam<const OpDef*> {};

TEST_P(EveryOp, IsACompleteRow) {
  const OpDef& op = *GetParam();
  EXPECT_EQ(find_op(op.name), &op);
  EXPECT_NE(op.shape, nullptr);
  const bool leaf = op.kind == OpKind::kSource || op.kind == OpKind::kRandom;
  EXPECT_EQ(op.inputs.empty(), leaf);
  EXPECT_EQ(op.derivative == nullptr, leaf);
  EXPECT_EQ(op.scalar != nullptr, op.kind == OpKind::kElementwise);
  const bool given = op.kind == OpKind::kSource && &op != &kStep;  // from outside, not computed
  EXPECT_EQ(op.reference != nullptr, op.kind != OpKind::kElementwise && !given);
}

TEST_P(EveryOp, DerivativesAgreeWithDifferences) {
  const OpDef& op = *GetParam();
  if (op.derivative == nullptr) GTEST_SKIP() << "no derivative";
  if (op.name == "stop_gradient") GTEST_SKIP() << "its derivative is not that of its value: a test of its own below";
  const std::vector<DerivativeCase> cases = cases_of(op);
  ASSERT_FALSE(cases.empty()) << op.name << " has no case: add one to op_cases_by_hand";
  unsigned seed = 1;
  for (const DerivativeCase& test : cases) {
    Graph graph;
    Tensors x;
    for (const Shape& shape : test.shapes) x.push_back(graph.input("x" + std::to_string(x.size()), shape));
    test.function(x);
    const bool used =
        std::any_of(graph.nodes().begin(), graph.nodes().end(), [&](const Node& node) { return node.op == &op; });
    EXPECT_TRUE(used) << test.what << " makes no node of " << op.name;
    check_derivatives(test, seed++);
  }
}

INSTANTIATE_TEST_SUITE_P(AllOps, EveryOp, ::testing::ValuesIn(all_ops().begin(), all_ops().end()),
                         [](const auto& test) { return std::string(test.param->name); });

TEST(StopGradientDerivative, IsZero) {
  const Array x = drawn({2, 3}, 1);
  const Array grad =
      evaluate({x}, [](const Tensors& in) { return gradients(sum(in[0] * stop_gradient(in[0])), in)[0]; });
  EXPECT_EQ(to_vector(grad), to_vector(x));
}

TEST(RationalQuadraticSplineRow, ExplainsWhatItTakes) {
  Graph graph;
  const Tensor x = graph.input("x", {4, 1}), theta = graph.input("theta", {4, 8}), grad = graph.input("grad", {4, 2});
  const auto refused = [&](const Tensors& inputs, const Attributes& attributes) {
    const OpDef& op = inputs.size() == 3 ? kRationalQuadraticSplineGradient : kRationalQuadraticSpline;
    return testing_ops::message_of([&] { graph.add(op, inputs, attributes); });
  };
  const Attributes right{.integers = {3, 0}, .numbers = {2, 1e-3, 1e-3}};
  EXPECT_NO_THROW(graph.add(kRationalQuadraticSpline, {x, theta}, right));
  EXPECT_NO_THROW(graph.add(kRationalQuadraticSplineGradient, {x, theta, grad}, right));
  EXPECT_THAT(refused({x, theta, x}, right), HasSubstr("[..., 1], [..., 8], [..., 2] with the same rows"));
  EXPECT_THAT(refused({reshape(x, {2, 2, 1}), theta}, right), HasSubstr("with the same rows"));
  EXPECT_THAT(refused({graph.input("row", {1}), graph.input("one", {8})}, right), HasSubstr("with the same rows"));
  EXPECT_THAT(refused({x, theta}, {}), HasSubstr("bins, inverse"));
  EXPECT_THAT(refused({x, theta}, {.integers = {0, 0}, .numbers = {2, 1e-3, 1e-3}}), HasSubstr("bins = 0"));
  EXPECT_THAT(refused({x, theta}, {.integers = {0, 0}, .numbers = {2, 0, 1e-3}}), HasSubstr("must be at least 1"));
  EXPECT_THAT(refused({x, theta}, {.integers = {3, 0}, .numbers = {NAN, 1e-3, 1e-3}}), HasSubstr("bound"));
  EXPECT_THAT(refused({x, theta}, {.integers = {3, 0}, .numbers = {2, NAN, 1e-3}}), HasSubstr("smallest_bin"));
  EXPECT_THAT(refused({x, theta}, {.integers = {3, 0}, .numbers = {2, 1e-3, 1}}), HasSubstr("smallest_slope"));
}

// What integers are made into has a derivative; the integers themselves get zeros.
TEST(IntegerDerivative, IsZero) {
  const Array index = Array::of<int32_t>({3}, {2, 0, 1});
  for (const auto& function : std::vector<testing_ops::Function>{[](const Tensors& x) { return one_hot(x[0], 4); },
                                                                 [](const Tensors& x) { return to_real(x[0]); }}) {
    const Array grad = evaluate({index}, [&](const Tensors& x) { return gradients(sum(function(x)), {x[0]})[0]; });
    EXPECT_EQ(to_vector(grad), std::vector<double>(3, 0.0));
  }
}

}  // namespace
}  // namespace elbo
