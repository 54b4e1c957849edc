// Levels: probabilities far out and at the open ends, in single precision too, and draws against probabilities.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/categorical.h"
#include "elbo/prob/discretized_logistic.h"
#include "elbo/prob/mixture_of_discretized_logistics.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

// Every level, as rows of one column.
Array all_levels(int64_t count) {
  Array rows(DType::kF32, {count, 1});
  float next = 0;
  for (float& level : rows.values<float>()) level = next++;
  return rows;
}

std::vector<double> compiled_log_probs(const std::function<Distribution(Graph&)>& make, int64_t levels) {
  Graph graph;
  graph.output("log_prob", make(graph).log_prob(graph.input("x", {levels, 1})));
  const auto out = compile(graph).run({{"x", all_levels(levels)}}, {});
  return values_of(out.at("log_prob").cast(DType::kF64));
}

Tensor one(Graph& graph, double value) {
  return graph.constant(array_of({1, 1}, {value}));
}

// In the tails, beyond the ends, and for a scale that is far narrower than a level: no difference of equal numbers.
TEST(DiscretizedLogistic, KeepsItsDigitsEverywhere) {
  for (const auto& [loc, scale] : std::vector<std::pair<double, double>>{
           {0, 0.01}, {0, 1}, {-0.9, 1e-3}, {3, 0.1}, {-40, 0.5}, {0.2, 1e-4}, {0, 50}}) {
    const auto make = [loc = loc, scale = scale](Graph& graph) {
      return DiscretizedLogistic{.loc = one(graph, loc), .log_scale = one(graph, std::log(scale)), .levels = 256};
    };
    const std::vector<double> log_probs = compiled_log_probs(make, 256);
    double total = 0;
    for (size_t k = 0; k < 256; ++k) {
      // log(σ(a) - σ(b)) of the side on which both are small, in long double.
      const long double x = 2.0L * static_cast<long double>(k) / 255 - 1, h = 1.0L / 255;
      const long double sign = x > loc ? -1 : 1;
      const auto tail = [&](long double bound) { return 1 / (1 + std::exp(-sign * (bound - loc) / scale)); };
      const long double upper = k == 255 ? (sign > 0 ? 1 : 0) : tail(x + h),
                        lower = k == 0 ? (sign > 0 ? 0 : 1) : tail(x - h);
      const auto expected = static_cast<double>(std::log(std::abs(upper - lower)));
      if (std::isfinite(expected) && expected > -5000) {
        EXPECT_NEAR(log_probs[k], expected, 2e-5 * (1 + std::abs(expected))) << loc << " " << scale << " " << k;
      }
      EXPECT_TRUE(std::isfinite(log_probs[k]));
      total += std::exp(log_probs[k]);
    }
    EXPECT_NEAR(total, 1, 1e-5) << loc << " " << scale;
  }
}

TEST(DiscretizedLogistic, HasFiniteGradientsWhereItIsSurprised) {
  Graph graph;
  const Tensor loc = graph.input("loc", {1, 1}), log_scale = graph.input("log_scale", {1, 1});
  const Tensor log_prob =
      Distribution(DiscretizedLogistic{.loc = loc, .log_scale = log_scale}).log_prob(graph.input("x", {256, 1}));
  const Tensors by = gradients(sum(log_prob), {loc, log_scale});
  graph.output("loc", by[0]);
  graph.output("log_scale", by[1]);
  for (const double at : {-7.0, 0.0, 4.0}) {
    const auto out = compile(graph).run({{"x", all_levels(256)},
                                         {"loc", Array::of<float>({1, 1}, {30})},
                                         {"log_scale", Array::of<float>({1, 1}, {static_cast<float>(at)})}},
                                        {});
    EXPECT_TRUE(std::isfinite(out.at("loc").values<float>()[0])) << at;
    EXPECT_TRUE(std::isfinite(out.at("log_scale").values<float>()[0])) << at;
  }
}

TEST(MixtureOfDiscretizedLogistics, OfOneComponentIsThatComponent) {
  const auto single = [](Graph& graph) {
    return DiscretizedLogistic{.loc = one(graph, 0.3), .log_scale = one(graph, -2), .levels = 17};
  };
  const auto mixture = [](Graph& graph) {
    const auto three = [&](double value) { return graph.constant(array_of({1, 1, 1}, {value})); };
    return MixtureOfDiscretizedLogistics{.logits = three(5), .loc = three(0.3), .log_scale = three(-2), .levels = 17};
  };
  EXPECT_THAT(compiled_log_probs(mixture, 17),
              testing::Pointwise(testing::DoubleNear(1e-6), compiled_log_probs(single, 17)));
}

// Counts of the draws against their probabilities, Pearson's chi-square: 1 in 10,000 fails by chance.
TEST(Levels, AreDrawnAsOftenAsTheirProbabilitiesSay) {
  constexpr int64_t kDraws = 20'000, kLevels = 6;
  const std::vector<double> logits{0, 2, -1, -1, 0.5, 1};
  const std::vector<std::function<Distribution(Graph&)>> all{
      [&](Graph& graph) {
        return Categorical{.logits = graph.constant(array_of({1, 1, kLevels}, logits))};
      },
      [&](Graph& graph) {
        return DiscretizedLogistic{.loc = one(graph, 0.4), .log_scale = one(graph, -1), .levels = kLevels};
      },
      [&](Graph& graph) {
        return MixtureOfDiscretizedLogistics{.logits = graph.constant(array_of({1, 1, 2}, {0, 1})),
                                             .loc = graph.constant(array_of({1, 1, 2}, {-0.9, 0.4})),
                                             .log_scale = graph.constant(array_of({1, 1, 2}, {-2, -1.5})),
                                             .levels = kLevels};
      }};
  for (const auto& make : all) {
    Graph graph;
    const Distribution d = make(graph);
    graph.output("drawn", d.sample(graph, kDraws));
    graph.output("log_prob", d.log_prob(graph.constant(all_levels(kLevels))));
    const auto out = Interpreter(graph).run({}, {.seed = 9});
    std::vector<double> seen(kLevels, 0);
    for (const double level : values_of(out.at("drawn"))) seen[static_cast<size_t>(level)] += 1;
    const std::vector<double> log_prob = values_of(out.at("log_prob"));
    double chi_square = 0;
    for (size_t k = 0; k < kLevels; ++k) {
      const double expected = kDraws * std::exp(log_prob[k]);
      chi_square += (seen[k] - expected) * (seen[k] - expected) / expected;
    }
    EXPECT_LT(chi_square, 25.7) << d.name();  // the 0.9999 quantile at 5 degrees of freedom
  }
}

TEST(Levels, SayWhatShapesTheyTake) {
  Graph graph;
  const Tensor flat = graph.input("flat", {4, 2}), deep = graph.input("deep", {4, 2, 3});
  EXPECT_EQ(message_of([&] { Distribution(Categorical{.logits = flat}).log_prob(flat); }),
            "categorical: logits [4, 2], [batch, dim, levels] are required");
  EXPECT_EQ(
      message_of([&] {
        Distribution(MixtureOfDiscretizedLogistics{.logits = deep, .loc = flat, .log_scale = deep}).log_prob(flat);
      }),
      "mixture-of-discretized-logistics: logits [4, 2, 3], loc [4, 2] and log_scale [4, 2, 3]: [batch, dim, "
      "components] twice and a shape that broadcasts to it are required");
}

}  // namespace
}  // namespace elbo::prob
