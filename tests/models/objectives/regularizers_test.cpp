// Objectives that weigh parts of the divergence, on cases that are worked out by hand.
#include <Eigen/Dense>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/flows/planar.h"
#include "elbo/models/objective.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"
#include "tests/models/toy.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

// What an objective gives for the toy at one seed: loss and parts by name.
std::map<std::string, std::vector<double>> values_at(const char* name, const std::vector<std::string>& said,
                                                     double shift = 0.3, double stretch = 1.4, uint64_t step = 0) {
  Graph graph;
  const Toy toy(graph, shift, stretch);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const VaeObjective& objective = vae_objectives().find(name);
  const Terms terms = objective.terms(toy.vae, x, {.code_dim = Toy::kLatent}, Settings::of(view_of(objective), said));
  graph.output("loss", terms.loss);
  for (const Term& part : terms.parts) graph.output(part.name, part.values);
  std::map<std::string, std::vector<double>> all;
  for (const auto& [key, array] : Interpreter(graph).run(Toy::inputs(), {.seed = 5, .step = step})) {
    all[key] = values_of(array);
  }
  return all;
}

// The aggregated posterior of the four rows is a mixture of four normals, whose densities are summed here by hand.
TEST(BetaTcVae, PartsAreThoseOfTheMixtureOfPosteriors) {
  Graph graph;
  const Toy toy(graph, 0.3, 1.4);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const prob::Distribution q = toy.vae.posterior(x);
  Tensor z;  // the draws that the objective sees
  const Vae vae{.prior = toy.vae.prior,
                .posterior = [&](Tensor of) { return toy.vae.posterior(of); },
                .likelihood =
                    [&](Tensor of) {
                      z = of;
                      return toy.vae.likelihood(of);
                    }};
  const VaeObjective& objective = vae_objectives().find("beta-tc-vae");
  const Terms terms = objective.terms(vae, x, {}, Settings::of(view_of(objective), {"alpha=0.5", "beta=3", "gamma=2"}));
  Interpreter run(graph);
  const Tensor loc = q.get_if<prob::Normal>()->loc, scale = q.get_if<prob::Normal>()->scale;
  run.run(Toy::inputs(), {.seed = 5});
  const std::vector<double> codes = values_of(run.value(z)), means = values_of(run.value(loc)),
                            deviations = values_of(run.value(scale));
  const auto density = [&](size_t row, size_t n, size_t d) {
    const double e = (codes[2 * row + d] - means[2 * n + d]) / deviations[d];
    return std::exp(-0.5 * e * e) / deviations[d] / std::sqrt(2 * std::numbers::pi);
  };
  for (size_t i = 0; i < Toy::kBatch; ++i) {
    double joint = 0, first = 0, second = 0, log_p = 0;
    for (size_t n = 0; n < Toy::kBatch; ++n) {
      joint += density(i, n, 0) * density(i, n, 1) / 4;
      first += density(i, n, 0) / 4;
      second += density(i, n, 1) / 4;
    }
    for (size_t d = 0; d < 2; ++d) {
      log_p -= 0.5 * (codes[2 * i + d] * codes[2 * i + d] + std::log(2 * std::numbers::pi));
    }
    const double information = std::log(density(i, i, 0) * density(i, i, 1) / joint);
    const double correlation = std::log(joint / first / second), rest = std::log(first * second) - log_p;
    EXPECT_NEAR(values_of(run.value(terms.parts[1].values))[i], information + correlation + rest, 1e-9);
    EXPECT_NEAR(values_of(run.value(terms.parts[2].values))[i], information, 1e-9);
    EXPECT_NEAR(values_of(run.value(terms.parts[3].values))[i], correlation, 1e-9);
    const double reconstruction = values_of(run.value(terms.parts[0].values))[i];
    EXPECT_NEAR(values_of(run.value(terms.loss))[i], reconstruction + 0.5 * information + 3 * correlation + 2 * rest,
                1e-9);
  }
}

TEST(BetaTcVae, OfEqualWeightsIsTheBound) {
  const auto all = values_at("beta-tc-vae", {"alpha=1", "beta=1", "gamma=1", "latent_samples=3"});
  EXPECT_THAT(all.at("loss"), testing::Pointwise(testing::DoubleNear(1e-9), all.at("negative_elbo")));
}

TEST(BetaTcVae, AndDlVaeNeedIndependentDimensions) {
  const nn::Parameters parameters;
  const flows::Planar planar{parameters / "flow", {.dim = Toy::kLatent, .layers = 1}};
  Graph graph;
  const Toy toy(graph);
  const Vae vae{
      .prior = toy.vae.prior,
      .posterior =
          [&](Tensor of) { return prob::TransformedDistribution{.base = toy.vae.posterior(of), .transform = planar}; },
      .likelihood = toy.vae.likelihood};
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  for (const char* name : {"beta-tc-vae", "dl-vae"}) {
    const VaeObjective& objective = vae_objectives().find(name);
    EXPECT_THAT(
        message_of([&] { objective.terms(vae, x, {.code_dim = Toy::kLatent}, Settings::of(view_of(objective), {})); }),
        testing::HasSubstr(std::string("objective \"") + name + "\""));
  }
}

TEST(InfoVae, WithoutWeightsIsTheBound) {
  const auto all = values_at("info-vae", {"alpha=0", "lambda=1"});
  EXPECT_THAT(all.at("loss"), testing::Pointwise(testing::DoubleNear(1e-9), all.at("negative_elbo")));
  const auto other = values_at("info-vae", {"alpha=0.25", "lambda=10"});
  for (size_t i = 0; i < Toy::kBatch; ++i) {
    EXPECT_NEAR(other.at("loss")[i],
                other.at("reconstruction")[i] + 0.75 * other.at("kl")[i] + 9.25 * other.at("squared_mmd")[i], 1e-9);
  }
}

// Codes and draws of normals N(m, s² I) and N(0, I): E k of a pair is a normal integral.  Gretton et al. (2012), 2.
TEST(InfoVae, DiscrepancyIsUnbiased) {
  constexpr double kMean = 0.6, kDeviation = 0.7;
  constexpr int64_t kRows = 6, kDim = 2;
  Graph graph;
  const Tensor x = graph.input("x", {kRows, kDim});
  const Vae vae{
      .prior = prob::StandardNormal{kDim},
      .posterior =
          [&](Tensor of) { return prob::Normal{.loc = 0 * of + kMean, .scale = of.graph().constant(kDeviation)}; },
      .likelihood = [](Tensor z) { return prob::Normal{.loc = 0 * z, .scale = z.graph().constant(1.0)}; }};
  const VaeObjective& objective = vae_objectives().find("info-vae");
  for (const char* kernel : {"gaussian", "inverse-multiquadric"}) {
    const std::string said = std::string("kernel=") + kernel;
    const Terms terms = objective.terms(vae, x, {}, Settings::of(view_of(objective), {said, "bandwidth=0.8"}));
    graph.output(kernel, terms.parts[2].values);
  }
  const double h2 = 0.8 * 0.8 * kDim;
  // E exp(-|u|²/(2 h²)) of u ~ N(m, v I), and E h²/(h² + |u|²) = ∫ exp(-t) E exp(-t |u|²/h²) dt.
  const auto gaussian = [&](double mean, double variance, double square) {
    const double ratio = square / (square + variance);
    return std::pow(ratio, kDim / 2.0) * std::exp(-kDim * mean * mean / (2 * (square + variance)));
  };
  const auto rational = [&](double mean, double variance) {
    double total = 0;
    constexpr double kStep = 1e-3;
    for (double t = kStep / 2; t < 40; t += kStep)
      total += kStep * std::exp(-t) * gaussian(mean, variance, h2 / (2 * t));
    return total;
  };
  const double q = 2 * kDeviation * kDeviation, mixed = 1 + kDeviation * kDeviation;
  const std::map<std::string, double> expected{
      {"gaussian", gaussian(0, q, h2) + gaussian(0, 2, h2) - 2 * gaussian(kMean, mixed, h2)},
      {"inverse-multiquadric", rational(0, q) + rational(0, 2) - 2 * rational(kMean, mixed)}};
  const std::map<std::string, Array> inputs{{"x", array_of({kRows, kDim}, std::vector<double>(kRows * kDim, 0.0))}};
  for (const auto& [kernel, value] : expected) {
    const Estimate e = estimate(element(over_steps(graph, inputs, kernel, 3000), 0));
    EXPECT_NEAR(e.mean, value, 4 * e.standard_error) << kernel;
    EXPECT_GT(std::abs(value), 8 * e.standard_error) << kernel;
  }
}

TEST(CapacityVae, HoldsTheMeanDivergenceToWhatIsAsked) {
  const auto all = values_at("capacity-vae", {"capacity=3", "gamma=10"});
  double kl = 0;
  for (const double value : all.at("kl")) kl += value / Toy::kBatch;
  for (size_t i = 0; i < Toy::kBatch; ++i) {
    EXPECT_NEAR(all.at("loss")[i], all.at("reconstruction")[i] + 10 * std::abs(kl - 3), 1e-9);
  }
}

// A classifier that is a line, log D/(1 - D) = w·z + b: what the model feels, and what the classifier learns.
TEST(FactorVae, TheModelFeelsTheClassifierAndItLearnsAlone) {
  const nn::Parameters parameters;
  const ObjectiveSite site{.code_dim = Toy::kLatent, .scope = parameters / "objective"};
  const VaeObjective& objective = vae_objectives().find("factor-vae");
  const Settings settings = Settings::of(view_of(objective), {"gamma=5", "classifier.hidden=[]"});
  objective.declare(site, settings);
  const std::vector<VariablePtr> all = parameters.all();
  ASSERT_EQ(all.size(), 2);
  all[0]->value.values<float>()[0] = 0.5f;
  all[0]->value.values<float>()[1] = -2;
  all[1]->value.values<float>()[0] = 0.25f;

  Graph graph(GraphMode::kTraining);
  const Tensor x = graph.input("x", {3, 2}), loc = graph.input("loc", {3, 2});
  const Vae vae{.prior = prob::StandardNormal{2},
                .posterior = [&](Tensor) { return prob::Normal{.loc = loc, .scale = loc.graph().constant(1e-12)}; },
                .likelihood = [](Tensor z) { return prob::Normal{.loc = 0 * z, .scale = z.graph().constant(1.0)}; }};
  const Terms terms = objective.terms(vae, x, site, settings);
  const Tensor loss = mean(terms.loss);
  const Tensor by_codes = gradients(loss - mean(terms.parts[1].values), Tensors{loc})[0];
  const auto by_classifier = nn::gradients(loss, parameters);
  for (const auto& [variable, gradient] : by_classifier) graph.output(variable->name, gradient);
  graph.output("by_codes", by_codes);
  graph.output("loss", terms.loss);
  for (const Term& part : terms.parts) graph.output(part.name, part.values);
  const std::vector<double> z{1, 2, -1, 0.5, 0, -3};
  const auto out = Interpreter(graph).run({{"x", array_of({3, 2}, {0, 0, 0, 0, 0, 0})}, {"loc", array_of({3, 2}, z)}});

  const auto score = [](double a, double b) { return 0.5 * a - 2 * b + 0.25; };
  const auto sigmoid_of = [](double t) { return 1 / (1 + std::exp(-t)); };
  std::vector<double> weight{0, 0}, bias{0};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_NEAR(values_of(out.at("total_correlation"))[i], score(z[2 * i], z[2 * i + 1]), 1e-6);
    EXPECT_NEAR(values_of(out.at("loss"))[i], values_of(out.at("negative_elbo"))[i] + 5 * score(z[2 * i], z[2 * i + 1]),
                1e-5);
    // Codes are to be told by 1, mixed ones, dimension j of row i + j + 1, by 0.
    const double a = z[2 * ((i + 1) % 3)], b = z[2 * ((i + 2) % 3) + 1];
    const double code = -sigmoid_of(-score(z[2 * i], z[2 * i + 1])) / 6, mixed = sigmoid_of(score(a, b)) / 6;
    weight[0] += code * z[2 * i] + mixed * a;
    weight[1] += code * z[2 * i + 1] + mixed * b;
    bias[0] += code + mixed;
  }
  EXPECT_THAT(values_of(out.at(all[0]->name)), testing::Pointwise(testing::DoubleNear(1e-6), weight));
  EXPECT_THAT(values_of(out.at(all[1]->name)), testing::Pointwise(testing::DoubleNear(1e-6), bias));
  EXPECT_THAT(
      values_of(out.at("by_codes")),
      testing::Pointwise(testing::DoubleNear(1e-6), std::vector<double>{5 * 0.5 / 3, 5 * -2 / 3.0, 5 * 0.5 / 3,
                                                                        5 * -2 / 3.0, 5 * 0.5 / 3, 5 * -2 / 3.0}));
}

}  // namespace
}  // namespace elbo::models
