#include "elbo/flows/sylvester.h"

#include <Eigen/LU>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/orthonormal.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

void set(Interpreter& check, const nn::Parameters& parameters, const std::string& name, double scale) {
  const VariablePtr variable = parameters.find(name);
  check.set_variable(variable.get(), values_of(normal_array(name, variable->value.shape(), scale)));
}

TEST(Orthonormal, HoldsAlsoForVectorsThatNearlyDepend) {
  constexpr size_t kRows = 2, kCount = 5, kDim = 6;
  Graph graph;
  Tensors vectors;
  for (size_t i = 0; i < kCount; ++i) {
    Array a = normal_array(i == 1 ? "0" : std::to_string(i), {kRows, kDim}, 3);
    if (i == 1) {
      for (size_t d = 0; d < kDim; ++d) a.values<double>()[d] *= 1 + 1e-4 * static_cast<double>(d);
    }
    vectors.push_back(graph.constant(a));
  }
  const Tensors q = orthonormal(vectors);
  for (const Tensor a : q) {
    for (const Tensor b : q) graph.output(std::to_string(a.id()) + " " + std::to_string(b.id()), dot(a, b));
  }
  Interpreter check(graph);
  // The second row of the first two vectors is the same to the last digit: there, nothing is left of the second.
  for (const auto& [name, product] : check.run({})) {
    const double wanted = name.substr(0, name.find(' ')) == name.substr(name.find(' ') + 1) ? 1 : 0;
    EXPECT_NEAR(product.values<double>()[0], wanted, 1e-14);
    EXPECT_TRUE(std::isfinite(product.values<double>()[1]));
  }
}

TEST(Sylvester, NamesItsParameters) {
  const nn::Parameters p;
  Sylvester(p / "o", {.form = SylvesterForm::kOrthogonal, .dim = 5, .layers = 2, .columns = 3});
  Sylvester(p / "h", {.form = SylvesterForm::kHouseholder, .dim = 5, .layers = 2, .reflections = 7});
  Sylvester(p / "t", {.form = SylvesterForm::kTriangular, .dim = 5, .layers = 2, .context_dim = 4});
  EXPECT_EQ(p.find("o.triangles")->value.shape(), (Shape{2, 3, 4}));
  EXPECT_EQ(p.find("o.b")->value.shape(), (Shape{2, 3}));
  EXPECT_EQ(p.find("o.q")->value.shape(), (Shape{2, 3, 5}));
  EXPECT_EQ(p.find("h.v")->value.shape(), (Shape{2, 7, 5}));
  EXPECT_EQ(p.find("t.parameters.weight")->value.shape(), (Shape{2 * 5 * 7, 4}));
  EXPECT_THROW(Sylvester(p / "bad", {.dim = 3, .columns = 4}), ConfigError);
  EXPECT_THROW(Sylvester(p / "bad", {.dim = 3, .layers = 0}), ConfigError);
  EXPECT_THROW(Sylvester(p / "bad", {.form = SylvesterForm::kHouseholder, .dim = 3, .reflections = 0}), ConfigError);
}

// Equation 13 and the determinant of the full Jacobian by Eigen, with fewer columns than dimensions.
TEST(Sylvester, IsThePapersMap) {
  constexpr int64_t kDim = 5, kColumns = 3;
  const nn::Parameters parameters;
  const Sylvester flow{parameters / "flow", {.dim = kDim, .layers = 1, .columns = kColumns}};
  Graph graph;
  const Tensor z = graph.constant(normal_array("z", {1, kDim}, 1));
  const auto [y, det] = flow.forward(z, {});
  const auto [back, back_det] = flow.inverse(y, {});
  Tensors vectors;
  for (int64_t i = 0; i < kColumns; ++i) {
    vectors.push_back(
        reshape(slice(graph.variable(parameters.find("flow.q")), {.axis = 1, .start = i, .stop = i + 1}), {1, kDim}));
  }
  const Tensor q_tensor = concat(orthonormal(vectors), 0);
  Interpreter check(graph);
  for (const char* name : {"flow.triangles", "flow.b", "flow.q"}) set(check, parameters, name, 1);
  check.run({});
  const auto matrix = [&](Tensor t, int64_t rows, int64_t cols) {
    const std::vector<double> v = values_of(check.value(t));
    Eigen::MatrixXd result(rows, cols);
    for (int64_t i = 0; i < rows * cols; ++i) result(i / cols, i % cols) = v[static_cast<size_t>(i)];
    return result;
  };
  const Eigen::MatrixXd q = matrix(q_tensor, kColumns, kDim).transpose();
  const Eigen::MatrixXd block = matrix(graph.variable(parameters.find("flow.triangles")), kColumns, kColumns + 1);
  const Eigen::VectorXd b = matrix(graph.variable(parameters.find("flow.b")), kColumns, 1), x = matrix(z, kDim, 1);
  Eigen::MatrixXd r = block.rightCols(kColumns).triangularView<Eigen::StrictlyUpper>();
  Eigen::MatrixXd r_tilde = block.leftCols(kColumns).transpose().triangularView<Eigen::StrictlyUpper>();
  const double largest = std::sqrt(1 - 1e-3);
  for (int i = 0; i < kColumns; ++i) {
    r(i, i) = largest * std::tanh(block(i, i + 1));
    r_tilde(i, i) = largest * std::tanh(block(i, i));
  }
  const Eigen::VectorXd h = (r_tilde * q.transpose() * x + b).array().tanh();
  const Eigen::VectorXd expected = x + q * r * h;
  const Eigen::MatrixXd slopes = (1 - h.array().square()).matrix().asDiagonal();
  const Eigen::MatrixXd jacobian = Eigen::MatrixXd::Identity(kDim, kDim) + q * r * slopes * r_tilde * q.transpose();
  for (size_t d = 0; d < kDim; ++d) {
    EXPECT_NEAR(values_of(check.value(y))[d], expected(static_cast<int64_t>(d)), 1e-10);
    EXPECT_NEAR(values_of(check.value(back))[d], x(static_cast<int64_t>(d)), 1e-10);
  }
  EXPECT_NEAR(values_of(check.value(det))[0], std::log(jacobian.determinant()), 1e-10);
  EXPECT_NEAR(values_of(check.value(back_det))[0], -std::log(jacobian.determinant()), 1e-10);
}

// Diagonals at their limits: every r_ii r̃_ii is nearly -1 or 1, and the inverse still solves its equations.
TEST(Sylvester, SaturatedDiagonalsAreInverted) {
  for (const SylvesterForm form :
       {SylvesterForm::kOrthogonal, SylvesterForm::kHouseholder, SylvesterForm::kTriangular}) {
    for (const double scale : {30.0, -30.0}) {
      constexpr int64_t kDim = 4, kRows = 20;
      const nn::Parameters parameters;
      const Sylvester flow{parameters / "flow", {.form = form, .dim = kDim, .layers = 2}};
      Graph graph;
      const Tensor z = graph.constant(normal_array("z", {kRows, kDim}, 2));
      const auto [y, det] = flow.forward(z, {});
      const auto [back, back_det] = flow.inverse(y, {});
      Tensors finite{det, back_det};
      for (const auto& row : nn::gradients(sum(y) + sum(det), parameters)) finite.push_back(row.gradient);
      for (const auto& row : nn::gradients(sum(back) + sum(back_det), parameters)) finite.push_back(row.gradient);
      for (const Precision precision : {Precision::kF32, Precision::kF64}) {
        Interpreter check(graph, {.precision = precision});
        const VariablePtr triangles = parameters.find("flow.triangles");
        std::vector<double> values = values_of(normal_array("triangles", triangles->value.shape(), 0.3));
        for (size_t at = 0; at < values.size(); ++at) {
          const size_t i = at / (kDim + 1) % kDim, j = at % (kDim + 1);
          if (i == j) values[at] = 30;
          if (i + 1 == j) values[at] = scale;
        }
        check.set_variable(triangles.get(), values);
        check.run({});
        for (const Tensor tensor : finite) {
          for (const double value : values_of(check.value(tensor))) EXPECT_TRUE(std::isfinite(value));
        }
        if (precision == Precision::kF32) continue;
        for (size_t i = 0; i < kRows * kDim; ++i) {
          EXPECT_NEAR(values_of(check.value(back))[i], values_of(check.value(z))[i], 1e-8);
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::flows
