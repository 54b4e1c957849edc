// Every objective on the linear-Gaussian toy, whose evidence is known, and on a case small enough to be worked out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/models/objective.h"
#include "elbo/settings/error.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

class EveryObjective : public testing::TestWithParam<std::string> {
 protected:
  const VaeObjective& objective() const { return vae_objectives().find(GetParam()); }
  bool has(const char* key) const {
    for (const Option& option : objective().settings) {
      if (option.key == key) return true;
    }
    return false;
  }
};

// log p(x, z) - log q(z | x) is log p(x) for every z: what is a bound is the evidence, whatever is drawn.
TEST_P(EveryObjective, KnowsTheBoundAtTheTruePosterior) {
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  std::vector<std::string> said{"latent_samples=2"};
  if (has("kl")) said.emplace_back("kl=monte-carlo");
  const Terms terms = objective().terms(toy.vae, x, {}, Settings::of(view_of(objective()), said));
  ASSERT_EQ(terms.loss.shape(), Shape{Toy::kBatch});
  graph.output("loss", terms.loss);
  for (const Term& part : terms.parts) {
    ASSERT_EQ(part.values.shape(), Shape{Toy::kBatch}) << part.name;
    graph.output(part.name, part.values);
  }
  const auto out = Interpreter(graph).run(Toy::inputs());
  const auto is_evidence = testing::Pointwise(testing::DoubleNear(1e-9), Toy::exact_nll());
  if (objective().is_bound) {
    EXPECT_THAT(values_of(out.at("loss")), is_evidence);
  }
  if (out.contains("negative_elbo")) {
    EXPECT_THAT(values_of(out.at("negative_elbo")), is_evidence);
  }
  EXPECT_TRUE(objective().is_bound || out.contains("negative_elbo")) << "nothing tells the bound";
}

INSTANTIATE_TEST_SUITE_P(Models, EveryObjective, testing::ValuesIn(vae_objectives().names()), [](const auto& name) {
  std::string word = name.param;
  std::replace(word.begin(), word.end(), '-', '_');
  return word;
});

TEST(Objectives, AreFoundByName) {
  EXPECT_THROW(vae_objectives().find("elbow"), ConfigError);
}

// β weighs the divergence alone; a schedule holds it back in training and not where a model is measured.
TEST(Objectives, BetaWeighsTheDivergence) {
  const VaeObjective& beta_vae = vae_objectives().find("beta-vae");
  const Settings settings = Settings::of(view_of(beta_vae), {"beta=3", "schedule=warm-up", "schedule.share=0.5"});
  for (const GraphMode mode : {GraphMode::kEvaluation, GraphMode::kTraining}) {
    Graph graph(mode);
    const Toy toy(graph, 0.1, 0.8);
    const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
    const Terms terms = beta_vae.terms(toy.vae, x, {.steps = 100}, settings);
    graph.output("loss", terms.loss);
    for (const Term& part : terms.parts) graph.output(part.name, part.values);
    const auto out = Interpreter(graph).run(Toy::inputs(), {.seed = 1, .step = 10});
    const double weight = mode == GraphMode::kTraining ? 3 * 10 / 50.0 : 3;
    for (size_t n = 0; n < Toy::kBatch; ++n) {
      const double reconstruction = values_of(out.at("reconstruction"))[n], kl = values_of(out.at("kl"))[n];
      EXPECT_NEAR(values_of(out.at("loss"))[n], reconstruction + weight * kl, 1e-9) << n;
      EXPECT_NEAR(values_of(out.at("negative_elbo"))[n], reconstruction + kl, 1e-9) << n;
    }
  }
}

// Of K weights the log of their mean lies above the mean of their logs: Burda et al. (2016), theorem 1.
TEST(Objectives, TheImportanceWeightedLossLiesBelowTheBoundOfItsDraws) {
  Graph graph;
  const Toy toy(graph, 0.3, 1.4);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const VaeObjective& iwae = vae_objectives().find("iwae");
  const Terms terms = iwae.terms(toy.vae, x, {}, Settings::of(view_of(iwae), {"latent_samples=8"}));
  graph.output("loss", terms.loss);
  graph.output("bound", terms.parts.front().values);
  const auto out = Interpreter(graph).run(Toy::inputs());
  for (size_t n = 0; n < Toy::kBatch; ++n) {
    EXPECT_LT(values_of(out.at("loss"))[n], values_of(out.at("bound"))[n]) << n;
  }
}

}  // namespace
}  // namespace elbo::models
