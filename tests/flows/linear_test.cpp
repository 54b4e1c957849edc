// Permutations, triangular inverses and the invertible linear layer.
#include <Eigen/LU>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/lu_linear.h"
#include "elbo/flows/permutation.h"
#include "elbo/flows/triangular.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

TEST(Columns, OrdersAreWhatTheySay) {
  EXPECT_THAT(reversed_columns(4), testing::ElementsAre(3, 2, 1, 0));
  EXPECT_THAT(even_then_odd_columns(5), testing::ElementsAre(0, 2, 4, 1, 3));
  EXPECT_THAT(inverse_order({2, 0, 1}), testing::ElementsAre(1, 2, 0));
  EXPECT_THAT(shuffled_columns(6, "flow"), testing::UnorderedElementsAre(0, 1, 2, 3, 4, 5));
  EXPECT_NE(shuffled_columns(30, "flow.1"), shuffled_columns(30, "flow.2"));
  // Fixed for ever: a saved model does not hold its orders.
  EXPECT_THAT(shuffled_columns(6, "flow"), testing::ElementsAre(3, 2, 4, 1, 5, 0));
}

TEST(Columns, ArePermutedNarrowAndWide) {
  for (const int64_t dim : {1, 2, 9, 200}) {
    for (const auto& order : {reversed_columns(dim), even_then_odd_columns(dim), shuffled_columns(dim, "wide")}) {
      Graph graph;
      const Tensor x = graph.constant(normal_array("x", {3, dim}));
      const Tensor mixed = permute_columns(x, order), back = permute_columns(mixed, inverse_order(order));
      Interpreter check(graph);
      check.run({});
      EXPECT_EQ(values_of(check.value(back)), values_of(check.value(x)));
      for (size_t i = 0; i < order.size(); ++i) {
        EXPECT_EQ(values_of(check.value(mixed))[i], values_of(check.value(x))[static_cast<size_t>(order[i])]);
      }
    }
  }
}

TEST(Permutation, RefusesWhatIsNone) {
  EXPECT_THROW(Permutation({}), ConfigError);
  EXPECT_THROW(Permutation({0, 0}), ConfigError);
  EXPECT_THROW(Permutation({1, 2}), ConfigError);
}

TEST(InverseOfLower, MatchesEigenAndReadsNothingAboveTheDiagonal) {
  for (const int64_t n : {1, 2, 5, 16}) {
    Graph graph;
    const Tensor a = graph.constant(normal_array("a", {n, n})) + 3 * identity_matrix(graph, n);
    const Tensor inverse = inverse_of_lower(a);
    Interpreter check(graph);
    check.run({});
    const std::vector<double> values = values_of(check.value(a)), found = values_of(check.value(inverse));
    Eigen::MatrixXd lower = Eigen::MatrixXd::Zero(n, n);
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j <= i; ++j) lower(i, j) = values[static_cast<size_t>(i * n + j)];
    }
    const Eigen::MatrixXd expected = lower.inverse();
    for (int64_t i = 0; i < n; ++i) {
      for (int64_t j = 0; j < n; ++j) EXPECT_NEAR(found[static_cast<size_t>(i * n + j)], expected(i, j), 1e-11);
    }
  }
}

TEST(LuLinear, ZerosAreAPermutationAndTheDiagonalIsTheDeterminant) {
  const nn::Parameters parameters;
  const LuLinear linear{parameters / "flow", {.dim = 4}};
  Graph graph;
  const Tensor y = graph.constant(normal_array("y", {2, 4}));
  const auto [z, det] = linear.inverse(y, {});
  Interpreter check(graph);
  check.set_variable(parameters.find("flow.lu").get(), std::vector<double>(16, 0.0));
  check.run({});
  const auto order = shuffled_columns(4, "flow");
  for (size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(values_of(check.value(z))[i], values_of(check.value(y))[static_cast<size_t>(order[i])]);
  }
  std::vector<double> lu = values_of(normal_array("lu", {4, 4}));
  check.set_variable(parameters.find("flow.lu").get(), lu);
  check.run({});
  EXPECT_NEAR(values_of(check.value(det))[0], lu[0] + lu[5] + lu[10] + lu[15], 1e-12);
}

}  // namespace
}  // namespace elbo::flows
