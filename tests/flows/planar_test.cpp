#include "elbo/flows/planar.h"

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

void set(const VariablePtr& variable, const std::vector<float>& values) {
  variable->value = Array::of<float>(variable->value.shape(), values);
}

TEST(Planar, NamesItsParameters) {
  const nn::Parameters free, amortised;
  Planar(free / "flow", {.dim = 3, .layers = 5});
  Planar(amortised / "flow", {.dim = 3, .layers = 5, .context_dim = 8});
  EXPECT_EQ(free.find("flow.w")->value.shape(), (Shape{5, 3}));
  EXPECT_EQ(free.find("flow.u")->value.shape(), (Shape{5, 3}));
  EXPECT_EQ(free.find("flow.b")->value.shape(), Shape{5});
  EXPECT_EQ(free.count(), 5 * 7);
  EXPECT_EQ(amortised.find("flow.parameters.weight")->value.shape(), (Shape{5 * 7, 8}));
  EXPECT_EQ(amortised.count(), 5 * 7 * 8 + 5 * 7);
}

// Equations 10 to 12 and appendix A.1, written out for two layers in two dimensions.
TEST(Planar, IsThePapersMap) {
  const nn::Parameters parameters;
  const Planar planar{parameters / "flow", {.dim = 2, .layers = 2}};
  const std::vector<float> w{1, -0.5f, 0.25f, 2}, u{-2, 3, 0.5f, 1}, b{0.5f, -1};
  set(parameters.find("flow.w"), w);
  set(parameters.find("flow.u"), u);
  set(parameters.find("flow.b"), b);
  std::vector<double> z{0.3, -0.7};
  double log_abs_det = 0;
  Graph graph;
  const auto [y, det] = planar.forward(graph.constant(Array::of<float>({1, 2}, {0.3f, -0.7f})), {});
  z = {static_cast<double>(0.3f), static_cast<double>(-0.7f)};
  for (size_t k = 0; k < 2; ++k) {
    const double w0 = w[2 * k], w1 = w[2 * k + 1], u0 = u[2 * k], u1 = u[2 * k + 1];
    const double inner = w0 * u0 + w1 * u1, shift = -1 + std::log(1 + std::exp(inner)) - inner;
    const double norm = w0 * w0 + w1 * w1, hat0 = u0 + shift * w0 / norm, hat1 = u1 + shift * w1 / norm;
    EXPECT_GT(w0 * hat0 + w1 * hat1, -1);
    const double h = std::tanh(w0 * z[0] + w1 * z[1] + b[k]);
    log_abs_det += std::log(std::abs(1 + (1 - h * h) * (w0 * hat0 + w1 * hat1)));
    z = {z[0] + hat0 * h, z[1] + hat1 * h};
  }
  Interpreter check(graph);
  check.run({});
  // The floor under ‖w‖² is 1e-10.
  EXPECT_THAT(values_of(check.value(y)), testing::Pointwise(testing::DoubleNear(1e-8), z));
  EXPECT_NEAR(values_of(check.value(det))[0], log_abs_det, 1e-8);
}

TEST(Planar, StartsNearTheIdentity) {
  for (const int64_t context_dim : {0, 6}) {
    const nn::Parameters parameters{{.seed = 4}};
    const Planar planar{parameters / "flow", {.dim = 20, .layers = 8, .context_dim = context_dim}};
    Graph graph;
    const Tensor z = random_normal(graph, {50, 20});
    const Tensor context = context_dim > 0 ? random_normal(graph, {50, context_dim}) : Tensor{};
    const auto [y, det] = planar.forward(z, context);
    const Tensor moved = sqrt(mean(square(y - z)));
    Interpreter check(graph);
    check.run({}, {.seed = 1});
    EXPECT_LT(values_of(check.value(moved))[0], 0.1);
    EXPECT_GT(values_of(check.value(moved))[0], 1e-4);
    for (const double value : values_of(check.value(det))) EXPECT_NEAR(value, 0, 0.5);
  }
}

// 1 + wᵀû from 1e-10 to 1e7, b at the kink and away from it, rows near and far: one dimension, where y alone tells
// how well the equation was solved.
TEST(Planar, InverseSolvesItsEquationAtExtremes) {
  const nn::Parameters parameters;
  const Planar planar{parameters / "flow", {.dim = 1, .layers = 1}};
  Graph graph;
  const std::vector<float> rows{-1e4f, -30, -2, -0.3f, -1e-3f, -1e-7f, 0, 1e-8f, 1e-4f, 0.1f, 0.9f, 3, 1e3f};
  const Tensor y = graph.constant(Array::of<float>({13, 1}, rows));
  const auto [z, inverse_det] = planar.inverse(y, {});
  const auto [again, forward_det] = planar.forward(z, {});
  Interpreter check(graph);
  for (const double inner : {-23.0, -10.0, -3.0, 0.0, 0.5, 4.0, 100.0, 1e4, 1e7}) {
    for (const double b : {0.0, 0.7, -5.0}) {
      check.set_variable(parameters.find("flow.w").get(), {1});
      check.set_variable(parameters.find("flow.u").get(), {inner});
      check.set_variable(parameters.find("flow.b").get(), {b});
      check.run({});
      for (size_t n = 0; n < rows.size(); ++n) {
        const double given = rows[n], solved = values_of(check.value(again))[n];
        EXPECT_NEAR(solved, given, 1e-9 * (1 + std::abs(given) + std::abs(inner))) << inner << " " << b;
        EXPECT_TRUE(std::isfinite(values_of(check.value(inverse_det))[n])) << inner << " " << b << " " << given;
      }
    }
  }
}

TEST(Planar, SaturatedAndVanishingParametersStayFinite) {
  for (const Precision precision : {Precision::kF32, Precision::kF64}) {
    const nn::Parameters parameters;
    const Planar planar{parameters / "flow", {.dim = 2, .layers = 1}};
    Graph graph;
    const auto [y, det] = planar.forward(graph.constant(Array::of<float>({3, 2}, {0, 0, 1, -1, 1e4f, 1e4f})), {});
    const auto by_parameter = nn::gradients(sum(y) + sum(det), parameters);
    Interpreter check(graph, {.precision = precision});
    const auto try_with = [&](const std::vector<double>& w, const std::vector<double>& u) {
      check.set_variable(parameters.find("flow.w").get(), w);
      check.set_variable(parameters.find("flow.u").get(), u);
      check.set_variable(parameters.find("flow.b").get(), {0});
      check.run({});
      for (const Tensor tensor : {y, det, by_parameter[0].gradient, by_parameter[1].gradient}) {
        for (const double value : values_of(check.value(tensor))) {
          EXPECT_TRUE(std::isfinite(value)) << w[0] << " " << u[0] << (precision == Precision::kF32 ? " f32" : " f64");
        }
      }
    };
    try_with({0, 0}, {0, 0});
    try_with({0, 0}, {3, -5});
    try_with({1e-6, 0}, {1, 1});
    try_with({10, 10}, {-50, -50});  // wᵀu = -1000
    try_with({100, 0}, {100, 0});
  }
}

TEST(Planar, ErrorsNameTheScope) {
  const nn::Parameters parameters;
  const Planar planar{parameters / "flow", {.dim = 2, .layers = 1}};
  Graph graph;
  try {
    planar.forward(graph.input("z", {4, 3}), {});
    FAIL();
  } catch (const ShapeError& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr(" at flow: "));
  }
  EXPECT_THROW(Planar(parameters / "bad", {.dim = 2, .layers = 0}), ConfigError);
}

// The graph is what the compiler fuses: a layer must not grow by accident.
TEST(Planar, ALayerIsFewNodes) {
  const auto nodes_of = [](int64_t layers) {
    const nn::Parameters parameters;
    Graph graph;
    Planar(parameters / "flow", {.dim = 4, .layers = layers}).forward(graph.input("z", {8, 4}), {});
    return graph.nodes().size();
  };
  EXPECT_LE(nodes_of(9) - nodes_of(8), 18u);
}

}  // namespace
}  // namespace elbo::flows
