// The bases of density models against their formulas, their integrals and their limits.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/mixture_of_gaussians.h"
#include "elbo/prob/student_t.h"
#include "elbo/prob/uniform_box.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

const double kLogTwoPi = std::log(2 * std::numbers::pi);

Tensor constant(Graph& graph, const Shape& shape, const std::vector<double>& values) {
  return graph.constant(array_of(shape, values));
}

// The midpoints of a grid of `side` squared cells over [-extent, extent] squared.
Array grid(int64_t side, double extent) {
  Array points(DType::kF64, {side * side, 2});
  for (int64_t i = 0; i < side * side; ++i) {
    const auto at = [&](int64_t cell) {
      return extent * (2 * (static_cast<double>(cell) + 0.5) / static_cast<double>(side) - 1);
    };
    points.values<double>()[static_cast<size_t>(2 * i)] = at(i / side);
    points.values<double>()[static_cast<size_t>(2 * i + 1)] = at(i % side);
  }
  return points;
}

double integral(Graph& graph, const Distribution& d, int64_t side, double extent) {
  const Tensor points = graph.input("points", {side * side, 2});
  graph.output("total", sum(exp(d.log_prob(points))));
  const auto out = Interpreter(graph).run({{"points", grid(side, extent)}});
  const double width = 2 * extent / static_cast<double>(side);
  return values_of(out.at("total"))[0] * width * width;
}

TEST(FullNormal, LogProbIsTheFormulaWithTheInverseWrittenOut) {
  Graph graph;
  const std::vector<double> loc{0.5, -1}, x{0.25, 2, -1, 0};
  const double l00 = 0.5, l10 = -1.5, l11 = 2;
  const Distribution d = FullNormal{.loc = constant(graph, {1, 2}, loc),
                                    .log_diagonal = log(constant(graph, {1, 2}, {l00, l11})),
                                    .lower = constant(graph, {1, 2, 2}, {7, 7, l10, 7})};
  const Tensor log_prob = d.log_prob(constant(graph, {2, 2}, x));
  Interpreter check(graph);
  check.run({});
  for (size_t n = 0; n < 2; ++n) {
    const double d0 = x[2 * n] - loc[0], d1 = x[2 * n + 1] - loc[1];
    const double e0 = d0 / l00, e1 = (d1 - l10 * e0) / l11;
    const double expected = -0.5 * (e0 * e0 + e1 * e1) - std::log(l00 * l11) - kLogTwoPi;
    EXPECT_NEAR(values_of(check.value(log_prob))[n], expected, 1e-6);
  }
}

TEST(FullNormal, SamplesHaveItsCovariance) {
  Graph graph;
  constexpr int64_t kRows = 40000;
  const Distribution d = FullNormal{.loc = zeros(graph, {1, 2}),
                                    .log_diagonal = log(constant(graph, {1, 2}, {0.5, 2})),
                                    .lower = constant(graph, {1, 2, 2}, {0, 0, -1.5, 0})};
  const Tensor x = d.sample(graph, kRows);
  Interpreter check(graph);
  check.run({}, {.seed = 8});
  std::vector<double> products;
  const std::vector<double> values = values_of(check.value(x));
  for (size_t n = 0; n < kRows; ++n) products.push_back(values[2 * n] * values[2 * n + 1]);
  const Estimate e = estimate(products);
  EXPECT_NEAR(e.mean, 0.5 * -1.5, 4 * e.standard_error);
}

TEST(Bases, IntegrateToOne) {
  Graph full, mixture, box;
  const Distribution normal = FullNormal{.loc = constant(full, {1, 2}, {0.5, -0.5}),
                                         .log_diagonal = constant(full, {1, 2}, {-0.3, -0.6}),
                                         .lower = constant(full, {1, 2, 2}, {0, 0, 0.8, 0})};
  EXPECT_NEAR(integral(full, normal, 300, 8), 1, 1e-6);
  const Distribution mixed = MixtureOfGaussians{.logits = constant(mixture, {1, 3}, {0, 1, -2}),
                                                .loc = constant(mixture, {1, 3, 2}, {1, 1, -2, 0.5, 0, -2}),
                                                .log_scale = constant(mixture, {1, 3, 1}, {-0.5, 0.2, -0.1})};
  EXPECT_NEAR(integral(mixture, mixed, 300, 8), 1, 1e-6);
  EXPECT_NEAR(integral(box, UniformBox{.low = {-1, -2}, .high = {1, 1}}, 400, 4), 1, 0.02);
}

// The derivatives of E[z_0 z_1² + z_0²] = Σ_k w_k (m_k0 (m_k1² + s_k1²) + m_k0² + s_k0²), against what the draws say.
TEST(MixtureOfGaussians, DrawsHaveTheGradientsOfTheirMoments) {
  constexpr int64_t kRows = 40000, kComponents = 3;
  const auto moment = [](Tensor z0, Tensor z1, double more) { return z0 * (square(z1) + more) + square(z0); };
  Graph graph;
  const Tensor logits = graph.input("logits", {1, kComponents}), loc = graph.input("loc", {1, kComponents, 2});
  const Tensor log_scale = graph.input("log_scale", {1, kComponents, 2});
  const auto many = [](Tensor x) { return repeat_rows(x, kRows); };
  // Each row with parameters of its own, so that each has a gradient of its own.
  const Tensors rows{many(logits), many(loc), many(log_scale)}, parameters{logits, loc, log_scale};
  const Tensor z = MixtureOfGaussians{.logits = rows[0], .loc = rows[1], .log_scale = rows[2]}.sample(graph, kRows);
  const auto column = [](Tensor x, int64_t d) { return slice(x, {.axis = -1, .start = d, .stop = d + 1}); };
  const Tensors drawn = gradients(sum(moment(column(z, 0), column(z, 1), 0)), rows);
  const Tensor weights = reshape(exp(logits - log_sum_exp(logits)), {1, kComponents, 1});
  const Tensor variances = exp(2 * log_scale);
  const Tensor known = sum(weights * (column(loc, 0) * (square(column(loc, 1)) + column(variances, 1)) +
                                      square(column(loc, 0)) + column(variances, 0)));
  const Tensors expected = gradients(known, parameters);
  Interpreter check(graph);
  check.run({{"logits", array_of({1, 3}, {0.5, -0.5, 0})},
             {"loc", array_of({1, 3, 2}, {1, -1, -0.5, 0.5, 0.25, 2})},
             {"log_scale", array_of({1, 3, 2}, {-0.5, 0, 0.2, -0.7, -0.25, 0.1})}},
            {.seed = 9});
  for (size_t i = 0; i < parameters.size(); ++i) {
    const std::vector<double> values = values_of(check.value(drawn[i])), exact = values_of(check.value(expected[i]));
    for (size_t k = 0; k < exact.size(); ++k) {
      const Estimate e = estimate(testing_support::column(values, exact.size(), k));
      EXPECT_NEAR(e.mean, exact[k], 4 * e.standard_error) << i << " " << k;
      EXPECT_LT(e.standard_error, 0.05) << i << " " << k;
    }
  }
}

// In one dimension, the tail beyond the grid is known: 2 F(-extent) for one degree of freedom is 2/π atan(1/extent).
TEST(StudentT, IsTheCauchyDistributionForOneDegree) {
  Graph graph;
  const Distribution cauchy = StandardStudentT{.dim = 1, .degrees = 1};
  const std::vector<double> x{-1e4, -3, 0, 0.25, 2, 1e4};
  const Tensor log_prob = cauchy.log_prob(constant(graph, {6, 1}, x));
  EXPECT_FALSE(cauchy.mean(graph, 3).has_value());
  const Tensor entropy = *cauchy.entropy(graph, 1);
  Interpreter check(graph);
  check.run({});
  for (size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(values_of(check.value(log_prob))[i], -std::log(std::numbers::pi * (1 + x[i] * x[i])), 1e-9);
  }
  EXPECT_NEAR(values_of(check.value(entropy))[0], std::log(4 * std::numbers::pi), 1e-10);
}

TEST(StudentT, BecomesNormalForManyDegrees) {
  Graph graph;
  const Tensor x = constant(graph, {4, 1}, {-2, 0, 0.5, 3});
  const Tensor log_prob = StandardStudentT{.dim = 1, .degrees = 1e7}.log_prob(x);
  const Tensor draws = StandardStudentT{.dim = 1, .degrees = 1e7}.sample(graph, 40000);
  Interpreter check(graph);
  check.run({}, {.seed = 5});
  for (size_t i = 0; i < 4; ++i) {
    const double at = values_of(check.value(x))[i];
    EXPECT_NEAR(values_of(check.value(log_prob))[i], -0.5 * at * at - 0.5 * kLogTwoPi, 1e-5);
  }
  std::vector<double> squares;
  for (const double value : values_of(check.value(draws))) squares.push_back(value * value);
  const Estimate e = estimate(squares);
  EXPECT_NEAR(e.mean, 1, 4 * e.standard_error);
}

TEST(StudentT, SamplesReachTheQuantiles) {
  // P(|t| > 4.0321) = 0.01 and P(|t| > 2.0150) = 0.1 for five degrees of freedom.
  Graph graph;
  constexpr int64_t kRows = 100000;
  const Tensor draws = StandardStudentT{.dim = 1, .degrees = 5}.sample(graph, kRows);
  Interpreter check(graph);
  check.run({}, {.seed = 6});
  double far = 0, middle = 0;
  for (const double value : values_of(check.value(draws))) {
    far += std::abs(value) > 4.0321 ? 1.0 / kRows : 0;
    middle += std::abs(value) > 2.0150 ? 1.0 / kRows : 0;
  }
  EXPECT_NEAR(far, 0.01, 4 * std::sqrt(0.01 * 0.99 / kRows));
  EXPECT_NEAR(middle, 0.1, 4 * std::sqrt(0.1 * 0.9 / kRows));
}

TEST(UniformBox, IsNothingOutsideAndReachesItsBorders) {
  Graph graph;
  const UniformBox box{.low = {0, -1}, .high = {2, 1}};
  const Tensor log_prob = box.log_prob(constant(graph, {5, 2}, {0, -1, 2, 1, 1, 0, 2.5, 0, 1, -1.5}));
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(values_of(check.value(log_prob)),
              testing::ElementsAre(-std::log(4.0), -std::log(4.0), -std::log(4.0), -INFINITY, -INFINITY));
}

// Values and gradients by the parameters are finite far out, in f32 too, and compiled as interpreted.
TEST(Bases, AreFiniteFarOutAndCompile) {
  Graph graph;
  const Tensor x = graph.input("x", {6, 2});
  const Tensor loc = graph.input("loc", {2, 2}), lower = graph.input("lower", {2, 2, 2});
  const Tensor log_diagonal = graph.input("log_diagonal", {2, 2}), logits = graph.input("logits", {2, 2});
  const Tensor components = reshape(lower, {2, 2, 2});
  const std::map<std::string, Distribution> all{
      {"full", FullNormal{.loc = loc, .log_diagonal = log_diagonal, .lower = lower}},
      {"mixture", MixtureOfGaussians{.logits = logits, .loc = components, .log_scale = components * 0.1}},
      {"student", StudentT{.loc = loc, .log_scale = log_diagonal, .degrees = 2.5}}};
  for (const auto& [name, d] : all) {
    const Tensor log_prob = d.log_prob(x);
    const auto [value, own] = d.sample_and_log_prob(graph, 6);
    graph.output(name, log_prob);
    graph.output(name + " sample", value);
    graph.output(name + " own", own);
    const Tensors by = gradients(sum(log_prob) + sum(square(value)), {x, loc, lower, log_diagonal, logits});
    for (size_t i = 0; i < by.size(); ++i) graph.output(name + " by " + std::to_string(i), by[i]);
  }
  const auto f32 = [](const Shape& shape, const std::vector<double>& values) {
    return array_of(shape, values).cast(DType::kF32);
  };
  const std::map<std::string, Array> inputs{{"x", f32({6, 2}, {0.5, 1, -1, 0.3, 1e4, -1e4, -1e4, 0, 0, 0, 2, -2})},
                                            {"loc", f32({2, 2}, {0.1, -0.5, 1, 0})},
                                            {"lower", f32({2, 2, 2}, {0.3, 1, -0.7, 0, -1, 0.5, 0.9, -0.2})},
                                            {"log_diagonal", f32({2, 2}, {-0.5, 0.5, 0, 1})},
                                            {"logits", f32({2, 2}, {-60, 40, 0.5, 0})}};
  const StepContext context{.seed = 3, .step = 2};
  const auto expected = Interpreter(graph).run(inputs, context);
  const auto computed = compile(graph, {.verify = true}).run(inputs, context);
  for (const auto& [name, values] : expected) {
    double scale = 1;
    for (const double value : values.values<double>()) scale = std::max(scale, std::abs(value));
    for (size_t i = 0; i < values.values<double>().size(); ++i) {
      EXPECT_TRUE(std::isfinite(values.values<double>()[i])) << name;
      EXPECT_NEAR(computed.at(name).values<float>()[i], values.values<double>()[i], 1e-4 * scale) << name << i;
    }
  }
}

TEST(Bases, WrongUseIsExplained) {
  Graph graph;
  const Tensor loc = graph.input("loc", {4, 2}), other = graph.input("other", {4, 3});
  const Tensor lower = graph.input("lower", {4, 2, 2});
  EXPECT_EQ(message_of([&] { FullNormal{.loc = loc, .log_diagonal = loc}.factor(); }),
            "full-normal: lower is missing, [batch, dim, dim] is required");
  EXPECT_THAT(message_of([&] { FullNormal{.loc = loc, .log_diagonal = other, .lower = lower}.factor(); }),
              testing::HasSubstr("full-normal: loc [4, 2], log_diagonal [4, 3]"));
  EXPECT_THAT(message_of([&] { MixtureOfGaussians{.logits = loc, .loc = lower, .log_scale = other}.rows(); }),
              testing::HasSubstr("mixture-of-gaussians: logits [4, 2]"));
  EXPECT_EQ(message_of([&] { MixtureOfGaussians{.logits = loc, .loc = lower}.rows(); }),
            "mixture-of-gaussians: loc or log_scale is missing, both are required");
  EXPECT_THAT(message_of([&] {
                UniformBox{.low = {0, 1}, .high = {1}}.sample(graph, 3);
              }),
              testing::HasSubstr("2 numbers in low and 1 in high"));
  EXPECT_THAT(message_of([&] {
                UniformBox{.low = {0, 1}, .high = {1, 1}}.sample(graph, 3);
              }),
              testing::HasSubstr("dimension 1 goes from"));
  EXPECT_THAT(message_of([&] { StandardStudentT{.dim = 2, .degrees = 0.1}.sample(graph, 3); }),
              testing::HasSubstr("standard-student-t: degrees = 0.1"));
  EXPECT_THAT(message_of([&] { StudentT{.loc = loc, .log_scale = other}.sample(graph, 4); }),
              testing::HasSubstr("student-t: loc [4, 2] and log_scale [4, 3]"));
}

}  // namespace
}  // namespace elbo::prob
