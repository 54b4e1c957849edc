#include "elbo/flows/radial.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"

namespace elbo::flows {
namespace {

using namespace testing_support;

TEST(Radial, NamesItsParameters) {
  const nn::Parameters free, amortised;
  Radial(free / "flow", {.dim = 3, .layers = 5});
  Radial(amortised / "flow", {.dim = 3, .layers = 5, .context_dim = 8});
  EXPECT_EQ(free.find("flow.center")->value.shape(), (Shape{5, 3}));
  EXPECT_EQ(free.find("flow.a")->value.shape(), Shape{5});
  EXPECT_EQ(free.find("flow.b")->value.shape(), Shape{5});
  EXPECT_EQ(amortised.find("flow.parameters.weight")->value.shape(), (Shape{5 * 5, 8}));
  EXPECT_THROW(Radial(free / "bad", {.dim = 3, .layers = 0}), ConfigError);
}

// Equation 14 and appendix A.2, written out for two layers in two dimensions.
TEST(Radial, IsThePapersMap) {
  const nn::Parameters parameters;
  const Radial radial{parameters / "flow", {.dim = 2, .layers = 2}};
  Graph graph;
  const auto [y, det] = radial.forward(graph.constant(Array::of<float>({1, 2}, {0.25f, -0.75f})), {});
  Interpreter check(graph);
  const std::vector<double> center{1, -0.5, 0.25, 2}, a{-1, 0.5}, b{2, -3};
  check.set_variable(parameters.find("flow.center").get(), center);
  check.set_variable(parameters.find("flow.a").get(), a);
  check.set_variable(parameters.find("flow.b").get(), b);
  check.run({});
  std::vector<double> z{0.25, -0.75};
  double log_abs_det = 0;
  for (size_t k = 0; k < 2; ++k) {
    const double alpha = std::log1p(std::exp(a[k])), beta = std::log1p(std::exp(b[k])) - alpha;
    const double d0 = z[0] - center[2 * k], d1 = z[1] - center[2 * k + 1], r = std::hypot(d0, d1);
    const double h = 1 / (alpha + r), slope = -h * h;
    log_abs_det += std::log(1 + beta * h) + std::log(1 + beta * h + beta * slope * r);
    z = {z[0] + beta * h * d0, z[1] + beta * h * d1};
  }
  // α and β̂ are 1e-6 away from the formula, so that neither vanishes in f32.
  EXPECT_THAT(values_of(check.value(y)), testing::Pointwise(testing::DoubleNear(2e-5), z));
  EXPECT_NEAR(values_of(check.value(det))[0], log_abs_det, 2e-5);
}

// A row at the center, where the radius has no slope, and parameters that saturate.
TEST(Radial, ExtremesStayFinite) {
  for (const Precision precision : {Precision::kF32, Precision::kF64}) {
    const nn::Parameters parameters;
    const Radial radial{parameters / "flow", {.dim = 2, .layers = 1}};
    Graph graph;
    const Tensor rows = graph.constant(Array::of<float>({4, 2}, {0, 0, 1e-20f, 0, 1, -1, 1e4f, 1e4f}));
    const auto forward = radial.forward(rows, {}), inverse = radial.inverse(rows, {});
    Tensors results{forward.y, forward.log_abs_det, inverse.y, inverse.log_abs_det};
    for (const auto& [y, det] : {forward, inverse}) {
      for (const auto& row : nn::gradients(sum(y) + sum(det), parameters)) results.push_back(row.gradient);
    }
    Interpreter check(graph, {.precision = precision});
    check.set_variable(parameters.find("flow.center").get(), {0, 0});
    for (const double a : {-200.0, -10.0, 0.0, 1e4}) {
      for (const double b : {-200.0, -10.0, 0.0, 1e4}) {
        check.set_variable(parameters.find("flow.a").get(), {a});
        check.set_variable(parameters.find("flow.b").get(), {b});
        check.run({});
        for (const Tensor tensor : results) {
          for (const double value : values_of(check.value(tensor))) EXPECT_TRUE(std::isfinite(value)) << a << " " << b;
        }
      }
    }
  }
}

}  // namespace
}  // namespace elbo::flows
