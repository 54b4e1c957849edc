#include "elbo/models/reverse_kl.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/registry.h"
#include "elbo/models/flow_density.h"
#include "elbo/nn/schedule.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"
#include "tests/models/built.h"
#include "tests/prob/testing.h"

namespace elbo::models {
namespace {

using testing_support::estimate;
using testing_support::Estimate;
using testing_support::values_of;

// The target: independent normals in two dimensions, times e³.
constexpr double kLogZ = 3;
const std::vector<double> kLoc{1.5, -0.5}, kScale{0.8, 2};

Tensor log_target(Tensor x) {
  Graph& graph = x.graph();
  const Tensor loc = graph.constant(Array::of<double>({1, 2}, kLoc));
  const Tensor scale = graph.constant(Array::of<double>({1, 2}, kScale));
  const double log_constant = kLogZ - std::log(2 * std::numbers::pi * kScale[0] * kScale[1]);
  return -0.5 * sum(square((x - loc) / scale), {.axes = {-1}}) + log_constant;
}

// A normal as a flow.
constexpr double kMean[] = {0.5, 0.25}, kDeviation[] = {1.25, 1.5};
FlowDensity normal_density(const nn::Parameters& parameters) {
  const flows::FlowFamily& affine = flows::flow_families().find("affine");  // starts as the identity
  const prob::AnyTransform flow = affine.make({.scope = parameters / "flow", .dim = 2}, Settings::of(view_of(affine)));
  for (size_t d = 0; d < 2; ++d) {
    parameters.find("flow.loc")->value.values<float>()[d] = static_cast<float>(kMean[d]);
    parameters.find("flow.log_scale")->value.values<float>()[d] = static_cast<float>(std::log(kDeviation[d]));
  }
  return FlowDensity(parameters, {.base = prob::StandardNormal{2}, .flow = flow});
}

// KL of the one normal from the other.
double exact_kl() {
  double kl = 0;
  for (size_t d = 0; d < 2; ++d) {
    const double ratio = kDeviation[d] / kScale[d], shift = (kMean[d] - kLoc[d]) / kScale[d];
    kl += 0.5 * (ratio * ratio + shift * shift - 1) - std::log(ratio);
  }
  return kl;
}

TEST(ReverseKl, IsTheClosedFormBetweenNormals) {
  const nn::Parameters parameters{{.seed = 2}};
  const FlowDensity q = normal_density(parameters);
  Graph graph;
  const Tensor weight = graph.constant(0.25);
  const auto drawn = q.sample_and_log_prob(graph, 20'000);
  const ReverseKlTerms whole = reverse_kl_terms(drawn, log_target);
  const ReverseKlTerms quarter = reverse_kl_terms(drawn, log_target, {.weight = weight});
  graph.output("free_energy", whole.free_energy);
  graph.output("log_weight", whole.log_weight);
  graph.output("quarter", quarter.free_energy);
  graph.output("log_q", drawn.log_prob);
  const auto out = Interpreter(graph).run({}, {.seed = 11});
  const std::vector<double> free_energy = values_of(out.at("free_energy")), log_q = values_of(out.at("log_q"));
  const Estimate kl = estimate(free_energy);
  EXPECT_NEAR(kl.mean + kLogZ, exact_kl(), 4 * kl.standard_error);
  for (size_t i = 0; i < free_energy.size(); i += 997) {
    EXPECT_NEAR(values_of(out.at("log_weight"))[i], -free_energy[i], 1e-12);
    EXPECT_NEAR(values_of(out.at("quarter"))[i], 0.75 * log_q[i] + 0.25 * free_energy[i], 1e-9);
  }
}

TEST(ReverseKl, MadeSmallItBringsTheFlowToTheTarget) {
  const nn::Parameters parameters{{.seed = 2}};
  const FlowDensity q = normal_density(parameters);
  Graph graph{GraphMode::kTraining};
  const Settings rising = Settings::of(view_of(nn::schedules().find("warm-up")), {"first=0.01", "share=0.3333"});
  const ReverseKlTerms terms = reverse_kl_terms(q.sample_and_log_prob(graph, 200), log_target,
                                                {.weight = nn::factor(graph, {.steps = 600}, rising)});
  graph.output("kl", kLogZ - mean(terms.log_weight));
  const Settings adam =
      Settings::of(view_of(train::optimizers().find("adam")), {"learning_rate=0.05", "schedule=cosine"});
  graph.update(train::apply_optimizer(adam, {.steps = 600}, nn::gradients(mean(terms.free_energy), parameters)));
  const Executable step = compile(graph);
  for (uint64_t i = 0; i < 600; ++i) step.run({.seed = 3, .step = i});
  const auto loc = parameters.find("flow.loc")->value.values<float>();
  const auto log_scale = parameters.find("flow.log_scale")->value.values<float>();
  for (size_t d = 0; d < 2; ++d) {
    EXPECT_NEAR(static_cast<double>(loc[d]), kLoc[d], 0.05) << d;
    EXPECT_NEAR(std::exp(static_cast<double>(log_scale[d])), kScale[d], 0.05) << d;
  }
  EXPECT_NEAR(static_cast<double>(step.output("kl").values<float>()[0]), 0, 0.01);
}

TEST(ReverseKl, RefusesATargetOfAnotherShape) {
  const nn::Parameters parameters;
  const FlowDensity q = normal_density(parameters);
  Graph graph;
  const auto drawn = q.sample_and_log_prob(graph, 5);
  EXPECT_EQ(testing_support::message_of([&] { reverse_kl_terms(drawn, [](Tensor x) { return x; }); }),
            "reverse KL: the target gives [5, 2] for points [5, 2], [5] is required");
}

// The density carried along with a sample is that of the sample, whichever way round.
TEST(FlowDensity, CarriesTheDensityOfItsSamples) {
  for (const bool inverted : {false, true}) {
    const nn::Parameters parameters{{.seed = 4}};
    const ModelSite site = testing_support::site_of(2, parameters);
    const FlowDensity density =
        DensityModel(
            site, testing_support::model_settings({"model=flow", "flow=maf", "flow.layers=2", "flow.network.hidden=[8]",
                                                   inverted ? "flow.inverted=true" : "flow.inverted=false"}))
            .density();
    EXPECT_EQ(density.fast_direction(), inverted ? prob::FastDirection::kForward : prob::FastDirection::kInverse);
    Graph graph;
    const auto [x, log_prob] = density.sample_and_log_prob(graph, 50);
    graph.output("carried", log_prob);
    graph.output("of_the_sample", density.log_prob(x));
    const auto out = Interpreter(graph).run({}, {.seed = 1});
    EXPECT_THAT(values_of(out.at("carried")),
                testing::Pointwise(testing::DoubleNear(1e-9), values_of(out.at("of_the_sample"))));
  }
}

}  // namespace
}  // namespace elbo::models
