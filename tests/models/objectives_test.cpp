// Every objective on the linear-Gaussian toy, whose evidence is known, and on a case small enough to be worked out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/flows/planar.h"
#include "elbo/models/objective.h"
#include "elbo/prob/transformed_distribution.h"
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
  const Terms terms =
      objective().terms(toy.vae, x, {.code_dim = Toy::kLatent}, Settings::of(view_of(objective()), said));
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

// The bound adds what a dimension tells, a mean over the batch, but never less than lambda.
TEST(Objectives, FreeBitsAreForNothing) {
  const VaeObjective& free_bits = vae_objectives().find("free-bits");
  Graph graph;
  const Tensor x = graph.input("x", {2, 2}), loc = graph.input("loc", {2, 2}), scale = graph.input("scale", {1, 2});
  const Vae vae{.prior = prob::StandardNormal{2},
                .posterior = [&](Tensor) { return prob::Normal{.loc = loc, .scale = scale}; },
                .likelihood = [](Tensor z) { return prob::Normal{.loc = 0 * z, .scale = z.graph().constant(1.0)}; }};
  const Terms terms = free_bits.terms(vae, x, {}, Settings::of(view_of(free_bits), {"lambda=0.75"}));
  const Tensor loss = mean(terms.loss);
  const Tensors by = gradients(loss, Tensors{loc, scale});
  Interpreter run(graph);
  const std::map<std::string, Array> inputs{{"x", array_of({2, 2}, {0, 0, 0, 0})},
                                            {"loc", array_of({2, 2}, {1, 0.1, 3, -0.2})},
                                            {"scale", array_of({1, 2}, {1, 0.5})}};
  run.run(inputs);
  // Dimension 0: ½ μ² is 0.5 and 4.5, 2.5 in the mean.  Dimension 1: ½ (μ² + 0.25 - 1) + log 2 is below 0.75.
  const double reconstruction = std::log(2 * std::numbers::pi);
  EXPECT_NEAR(values_of(run.value(loss))[0], reconstruction + 2.5 + 0.75, 1e-12);
  EXPECT_THAT(values_of(run.value(by[0])),
              testing::Pointwise(testing::DoubleNear(1e-12), std::vector<double>{0.5, 0, 1.5, 0}));
  EXPECT_THAT(values_of(run.value(by[1])), testing::Each(testing::DoubleNear(0, 1e-12)));
}

// With a flow there is no sum over dimensions: all share what is free.
TEST(Objectives, FreeBitsOfACodeThatIsNoSumAreShared) {
  const VaeObjective& free_bits = vae_objectives().find("free-bits");
  const nn::Parameters parameters;
  const flows::Planar planar{parameters / "flow", {.dim = Toy::kLatent, .layers = 1}};
  for (const double lambda : {0.001, 100.0}) {
    Graph graph;
    const Toy toy(graph, 0.3, 1.4);
    const Vae vae{.prior = toy.vae.prior,
                  .posterior =
                      [&](Tensor of) {
                        return prob::TransformedDistribution{.base = toy.vae.posterior(of), .transform = planar};
                      },
                  .likelihood = toy.vae.likelihood};
    const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
    const Terms terms =
        free_bits.terms(vae, x, {}, Settings::of(view_of(free_bits), {"lambda=" + std::to_string(lambda)}));
    const Tensor kept = mean(terms.loss - terms.parts[0].values), kl = mean(terms.parts[1].values);
    Interpreter run(graph);
    run.run(Toy::inputs(), {.seed = 3});
    const double told = values_of(run.value(kl))[0];
    EXPECT_NEAR(values_of(run.value(kept))[0], std::max(told, 2 * lambda), 1e-9);
  }
}

// A posterior whose K = 2 draws are always 0 and 1, each with the density of a fair coin.
struct ZeroAndOne {
  std::string_view name() const { return "zero-and-one"; }
  int64_t event_dim() const { return 1; }
  int64_t rows() const { return 0; }
  Tensor log_prob(Tensor value) const { return sum(0 * value, {.axes = {1}}) + std::log(0.5); }
  Tensor sample(Graph& graph, int64_t rows) const { return graph.constant(array_of({rows, 1}, {0, 1})); }
  prob::SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const {
    const Tensor z = sample(graph, rows);
    return {.value = z, .log_prob = log_prob(z)};
  }
  std::optional<Tensor> mean(Graph&, int64_t) const { return std::nullopt; }
  Tensor center(Graph& graph, int64_t rows) const { return zeros(graph, {rows, 1}); }
  std::optional<Tensor> entropy(Graph&, int64_t) const { return std::nullopt; }
  ZeroAndOne held() const { return *this; }
};

// log w = log p(x | z) + log N(z; 0, 1) - log ½ with p(x | z) = N(x; shift z, 1), by hand and by finite differences.
TEST(Objectives, RenyisBoundIsThatOfItsWeights) {
  constexpr double kX = 0.7, kShift = 1.6;
  const auto normal = [](double x, double loc) {
    return std::exp(-0.5 * (x - loc) * (x - loc)) / std::sqrt(2 * std::numbers::pi);
  };
  const auto by_hand = [&](double alpha, double shift) {
    const double w0 = 2 * normal(kX, 0) * normal(0, 0), w1 = 2 * normal(kX, shift) * normal(1, 0);
    if (alpha == 1) return -0.5 * (std::log(w0) + std::log(w1));
    return -std::log(0.5 * (std::pow(w0, 1 - alpha) + std::pow(w1, 1 - alpha))) / (1 - alpha);
  };
  const VaeObjective& renyi = vae_objectives().find("renyi");
  for (const double alpha : {-1.0, 0.0, 0.5, 1.0, 2.5}) {
    Graph graph;
    const Tensor x = graph.input("x", {1, 1}), shift = graph.input("shift", {});
    const Vae vae{
        .prior = prob::StandardNormal{1},
        .posterior = [](Tensor) { return ZeroAndOne{}; },
        .likelihood = [&](Tensor z) { return prob::Normal{.loc = shift * z, .scale = z.graph().constant(1.0)}; }};
    const Terms terms =
        renyi.terms(vae, x, {}, Settings::of(view_of(renyi), {"latent_samples=2", "alpha=" + std::to_string(alpha)}));
    const Tensor by_shift = gradients(sum(terms.loss), Tensors{shift})[0];
    Interpreter run(graph);
    run.run({{"x", array_of({1, 1}, {kX})}, {"shift", array_of({}, {kShift})}});
    EXPECT_NEAR(values_of(run.value(terms.loss))[0], by_hand(alpha, kShift), 1e-12) << alpha;
    EXPECT_NEAR(values_of(run.value(terms.parts[0].values))[0], by_hand(1, kShift), 1e-12) << alpha;
    constexpr double kStep = 1e-5;
    const double slope = (by_hand(alpha, kShift + kStep) - by_hand(alpha, kShift - kStep)) / (2 * kStep);
    EXPECT_NEAR(values_of(run.value(by_shift))[0], slope, 1e-8) << alpha;
  }
}

}  // namespace
}  // namespace elbo::models
