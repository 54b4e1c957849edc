#include "elbo/models/importance.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/models/elbo.h"
#include "elbo/models/objective.h"
#include "elbo/settings/error.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

TEST(Importance, WeightsAreTheEvidenceAtTheTruePosterior) {
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  graph.output("weights", log_weights(toy.vae, x, {.importance_samples = 3}));
  graph.output("nll", importance_weighted_nll(toy.vae, x, {.importance_samples = 7}));
  const auto out = Interpreter(graph).run(Toy::inputs());
  ASSERT_EQ(out.at("weights").shape(), (Shape{3, Toy::kBatch}));
  ASSERT_EQ(out.at("nll").shape(), Shape{Toy::kBatch});
  for (size_t n = 0; n < Toy::kBatch; ++n) {
    for (size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(values_of(out.at("weights"))[k * Toy::kBatch + n], -Toy::exact_nll()[n], 1e-9);
    }
    EXPECT_NEAR(values_of(out.at("nll"))[n], Toy::exact_nll()[n], 1e-9);
  }
}

// From -ELBO at K = 1 down to the evidence, never below it beyond noise.
TEST(Importance, EstimateFallsToTheEvidence) {
  double last = 1e9;
  for (const int64_t samples : {1, 5, 50, 2000}) {
    Graph graph;
    const Toy toy(graph, 0.2, 1.5);
    const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
    graph.output("nll", importance_weighted_nll(toy.vae, x, {.importance_samples = samples}));
    const auto steps = over_steps(graph, Toy::inputs(), "nll", samples == 1 ? 4000 : samples == 2000 ? 20 : 400);
    double gap = 0, largest_error = 0;
    for (size_t n = 0; n < Toy::kBatch; ++n) {
      const Estimate e = estimate(element(steps, n));
      EXPECT_GT(e.mean, Toy::exact_nll()[n] - 4 * e.standard_error) << samples;
      if (samples == 1) {
        EXPECT_NEAR(e.mean, Toy::exact_nll()[n] + Toy::gap(0.2, 1.5), 4 * e.standard_error);
      }
      gap += (e.mean - Toy::exact_nll()[n]) / Toy::kBatch;
      largest_error = std::max(largest_error, e.standard_error);
    }
    EXPECT_LT(gap, std::max(0.7 * last, 0.005)) << samples;  // 0.005: noise, once the gap has closed
    last = gap;
    if (samples == 2000) {
      EXPECT_NEAR(gap, 0, 0.005);
      EXPECT_LT(largest_error, 0.01);
    }
  }
}

TEST(Importance, WrongUseIsExplained) {
  Graph graph;
  const Toy toy(graph);
  try {
    log_weights(toy.vae, graph.input("x", {Toy::kBatch, Toy::kData}), {.importance_samples = 0});
    FAIL();
  } catch (const ConfigError& error) {
    EXPECT_STREQ(error.what(), "log_weights: importance_samples = 0, must be at least 1");
  }
}

}  // namespace
}  // namespace elbo::models
