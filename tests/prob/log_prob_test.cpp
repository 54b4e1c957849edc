// Log-probabilities against the formulas, written out here a second time, and integrals over them.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

double normal_density(double x, double loc, double scale) {
  const double e = (x - loc) / scale;
  return std::exp(-0.5 * e * e) / (scale * std::sqrt(2 * std::numbers::pi));
}

// y = exp(z): a normal becomes log-normal.
class Exponential final : public Transform {
 public:
  explicit Exponential(int64_t dim) : dim_(dim) {}
  std::string_view name() const override { return "exponential"; }
  int64_t dim() const override { return dim_; }
  FastDirection fast_direction() const override { return FastDirection::kBoth; }
  TransformResult forward(Tensor z, Tensor /*context*/) const override { return {exp(z), sum(z, {.axes = {-1}})}; }
  TransformResult inverse(Tensor y, Tensor /*context*/) const override {
    return {log(y), -sum(log(y), {.axes = {-1}})};
  }

 private:
  int64_t dim_;
};

TEST(Normal, LogProbIsTheFormulaForEverySampleOfEveryRow) {
  Graph graph;
  const std::vector<double> loc{0.5, -1, 2, 0}, scale{0.3, 2, 1, 0.01};
  const std::vector<double> x{0.7, 1, -1, 0.02, 0.1, 0.2, 0.3, -0.01};  // 2 samples of 2 rows of 2
  const Tensor l = graph.constant(array_of({2, 2}, loc)), s = graph.input("s", {2, 2});
  const Tensor value = graph.input("x", {4, 2});
  graph.output("scale", Distribution(Normal{.loc = l, .scale = s}).log_prob(value));
  graph.output("log_scale", Distribution(Normal{.loc = l, .log_scale = log(s)}).log_prob(value));
  graph.output("exp", Distribution(Normal{.loc = l, .scale = exp(log(s))}).log_prob(value));
  const auto out = Interpreter(graph).run({{"x", array_of({4, 2}, x)}, {"s", array_of({2, 2}, scale)}});
  for (const char* name : {"scale", "log_scale", "exp"}) {
    ASSERT_EQ(out.at(name).shape(), Shape{4});
    for (size_t n = 0; n < 4; ++n) {
      double expected = 0;
      for (size_t d = 0; d < 2; ++d) {
        const size_t at = (n % 2) * 2 + d;
        expected += std::log(normal_density(x[n * 2 + d], loc[at], scale[at]));
      }
      EXPECT_NEAR(values_of(out.at(name))[n], expected, 1e-10 * std::abs(expected)) << name << n;
    }
  }
}

TEST(Normal, ScaleBroadcasts) {
  Graph graph;
  const Tensor loc = graph.constant(array_of({2, 3}, {1, 2, 3, 4, 5, 6}));
  const Tensor value = graph.constant(array_of({2, 3}, {0, 0, 0, 0, 0, 0}));
  const Tensor two = graph.constant(2.0);
  const Tensor row = graph.constant(array_of({1, 3}, {2, 2, 2}));
  const Tensor vector = graph.constant(array_of({3}, {2, 2, 2}));
  const Tensor full = graph.constant(array_of({2, 3}, {2, 2, 2, 2, 2, 2}));
  Interpreter check(graph);
  std::vector<Tensor> log_probs, entropies;
  for (const Tensor scale : {full, two, row, vector}) {
    const Distribution normal = Normal{.loc = loc, .scale = scale};
    log_probs.push_back(normal.log_prob(value));
    entropies.push_back(*normal.entropy(graph, 2));
    EXPECT_EQ(normal.sample(graph, 4).shape(), (Shape{4, 3}));
  }
  check.run({});
  for (size_t i = 1; i < 4; ++i) {
    EXPECT_EQ(values_of(check.value(log_probs[i])), values_of(check.value(log_probs[0])));
    EXPECT_EQ(values_of(check.value(entropies[i])), values_of(check.value(entropies[0])));
  }
}

TEST(Normal, TakesTheExponentOfAScaleAsItsLog) {
  Graph graph;
  const Tensor t = graph.input("t", {1, 1});
  const Normal::Scales scales = Normal{.loc = graph.input("loc", {1, 1}), .scale = exp(t)}.scales();
  EXPECT_EQ(scales.log_scale.id(), t.id());
}

TEST(Normal, LogProbIsFiniteFarOut) {
  Graph graph;
  const Tensor x = graph.input("x", {3, 1});
  const Tensor log_prob = StandardNormal{1}.log_prob(x);
  graph.output("log_prob", log_prob);
  const auto out = Interpreter(graph).run({{"x", array_of({3, 1}, {-1e4, 0, 1e4})}});
  const double half_log_two_pi = 0.5 * std::log(2 * std::numbers::pi);
  EXPECT_THAT(values_of(out.at("log_prob")),
              testing::Pointwise(testing::DoubleNear(1e-6),
                                 {-5e7 - half_log_two_pi, -half_log_two_pi, -5e7 - half_log_two_pi}));
}

TEST(Normal, WrongUseIsExplained) {
  Graph graph;
  const Tensor loc = graph.input("loc", {4, 2}), scale = graph.input("scale", {4, 2});
  const Distribution normal = Normal{.loc = loc, .scale = scale};
  EXPECT_EQ(message_of([&] { Normal{.loc = loc}.sample(graph, 4); }),
            "normal: none of scale and log_scale given, exactly one is required");
  EXPECT_EQ(message_of([&] { Normal{.loc = loc, .scale = scale, .log_scale = scale}.sample(graph, 4); }),
            "normal: both of scale and log_scale given, exactly one is required");
  EXPECT_EQ(message_of([&] { Normal{.scale = scale}.event_dim(); }),
            "normal: loc is missing, rows [batch, dim] are required");
  EXPECT_EQ(message_of([&] { Normal{.loc = graph.input("short", {2}), .scale = scale}.rows(); }),
            "normal: loc [2], rows [batch, dim] are required");
  EXPECT_EQ(message_of([&] {
              Normal{.loc = loc, .scale = graph.input("s", {4, 3})}.sample(graph, 4);
            }),
            "normal: loc [4, 2] and scale [4, 3]: the scale must have the shape of loc or broadcast to it");
  EXPECT_EQ(message_of([&] {
              normal.log_prob(graph.input("x", {4, 3}));
            }),
            "normal: value [4, 3], rows of 2 are required");
  EXPECT_EQ(message_of([&] {
              normal.log_prob(graph.input("y", {6, 2}));
            }),
            "normal: 6 rows, a multiple of its own 4 is required");
  EXPECT_EQ(message_of([&] { normal.sample(graph, 3); }), "normal: 3 rows, a multiple of its own 4 is required");
}

TEST(Bernoulli, LogProbIsTheCrossEntropyOfBinaryAndGreyValues) {
  Graph graph;
  const std::vector<double> logits{0.3, -2, 5, 0}, x{1, 0, 0.25, 0.5};
  const Tensor value = graph.input("x", {2, 2});
  graph.output("log_prob", Bernoulli{.logits = graph.constant(array_of({2, 2}, logits))}.log_prob(value));
  const auto out = values_of(Interpreter(graph).run({{"x", array_of({2, 2}, x)}}).at("log_prob"));
  for (size_t n = 0; n < 2; ++n) {
    double expected = 0;
    for (size_t d = 2 * n; d < 2 * n + 2; ++d) {
      const double l = static_cast<float>(logits[d]), p = 1 / (1 + std::exp(-l));
      expected += x[d] * std::log(p) + (1 - x[d]) * std::log(1 - p);
    }
    EXPECT_NEAR(out[n], expected, 1e-12);
  }
}

TEST(Bernoulli, ProbabilitiesOfAllValuesSumToOne) {
  Graph graph;
  const Tensor logits = graph.constant(array_of({1, 3}, {0.7, -1.5, 3}));
  std::vector<double> corners;
  for (int bits = 0; bits < 8; ++bits) {
    for (int d = 0; d < 3; ++d) corners.push_back((bits >> d) & 1);
  }
  graph.output("total", sum(exp(Bernoulli{.logits = logits}.log_prob(graph.constant(array_of({8, 3}, corners))))));
  EXPECT_NEAR(values_of(Interpreter(graph).run({}).at("total"))[0], 1, 1e-12);
}

TEST(Bernoulli, SaturatedLogitsStayFinite) {
  Graph graph;
  const Tensor logits = graph.input("logits", {1, 4});
  const Tensor log_prob = Bernoulli{.logits = logits}.log_prob(graph.constant(array_of({1, 4}, {1, 0, 1, 0})));
  graph.output("log_prob", log_prob);
  graph.output("gradient", gradients(sum(log_prob), {logits})[0]);
  Interpreter check(graph, {.precision = Precision::kF32});
  const auto out = check.run({{"logits", array_of({1, 4}, {1e4, -1e4, -1e4, 1e4})}});
  EXPECT_NEAR(values_of(out.at("log_prob"))[0], -2e4, 1e-2);
  EXPECT_THAT(values_of(out.at("gradient")), testing::ElementsAre(0, 0, 1, -1));
}

TEST(Bernoulli, WrongUseIsExplained) {
  EXPECT_EQ(message_of([] { Bernoulli{}.rows(); }), "bernoulli: logits is missing, rows [batch, dim] are required");
  Graph graph;
  const Distribution pixels = Bernoulli{.logits = graph.input("logits", {5, 2})};
  EXPECT_EQ(message_of([&] {
              pixels.log_prob(graph.input("x", {5, 3}));
            }),
            "bernoulli: value [5, 3], rows of 2 are required");
}

TEST(TransformedDistribution, OfANormalByExpIsLogNormal) {
  Graph graph;
  const Tensor loc = graph.constant(array_of({1, 2}, {0.5, -1})), scale = graph.constant(array_of({1, 2}, {0.5, 2}));
  const Distribution d{
      TransformedDistribution{.base = Normal{.loc = loc, .scale = scale}, .transform = Exponential{2}}};
  EXPECT_EQ(d.rows(), 1);
  EXPECT_EQ(d.event_dim(), 2);
  graph.output("log_prob", d.log_prob(graph.constant(array_of({3, 2}, {1, 1, 0.5, 2, 4, 0.25}))));
  graph.output("center", d.center(graph, 1));
  EXPECT_FALSE(d.mean(graph, 1).has_value());
  const auto out = Interpreter(graph).run({});
  const std::vector<double> y{1, 1, 0.5, 2, 4, 0.25};
  for (size_t n = 0; n < 3; ++n) {
    const double expected = normal_density(std::log(y[2 * n]), 0.5, 0.5) / y[2 * n] *
                            normal_density(std::log(y[2 * n + 1]), -1, 2) / y[2 * n + 1];
    EXPECT_NEAR(values_of(out.at("log_prob"))[n], std::log(expected), 1e-12);
  }
  EXPECT_NEAR(values_of(out.at("center"))[1], std::exp(-1.0), 1e-12);
}

TEST(TransformedDistribution, DimensionsMustAgree) {
  Graph graph;
  const Distribution d{TransformedDistribution{.base = StandardNormal{3}, .transform = Exponential{2}}};
  EXPECT_EQ(message_of([&] { d.sample(graph, 4); }),
            "transformed: the base has 3 dimensions and the exponential transform 2");
  EXPECT_EQ(message_of([&] {
              AnyTransform(Exponential{2}).forward(graph.input("z", {4, 3}));
            }),
            "exponential: value [4, 3], rows of 2 are required");
}

}  // namespace
}  // namespace elbo::prob
