// The bound against the exact evidence of a linear-Gaussian Vae.
#include "elbo/models/elbo.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/flows/planar.h"
#include "elbo/prob/kl.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"
#include "tests/models/toy.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

TEST(Elbo, IsTheEvidenceAtTheTruePosterior) {
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  // log p(x, z) - log q(z | x) is log p(x) for every z: no noise is left.
  graph.output("loss", negative_elbo(toy.vae, x, {.latent_samples = 3, .kl = Kl::kMonteCarlo}));
  graph.output("one", negative_elbo(toy.vae, x, {.kl = Kl::kMonteCarlo}));
  const auto out = Interpreter(graph).run(Toy::inputs());
  EXPECT_EQ(out.at("loss").shape(), Shape{Toy::kBatch});
  EXPECT_THAT(values_of(out.at("loss")), testing::Pointwise(testing::DoubleNear(1e-9), Toy::exact_nll()));
  EXPECT_THAT(values_of(out.at("one")), testing::Pointwise(testing::DoubleNear(1e-9), Toy::exact_nll()));
}

class ElboOfWrongPosterior : public testing::TestWithParam<Kl> {};

TEST_P(ElboOfWrongPosterior, ExceedsTheEvidenceByTheDivergence) {
  Graph graph;
  const Toy toy(graph, 0.3, 1.4);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  graph.output("loss", negative_elbo(toy.vae, x, {.latent_samples = 20, .kl = GetParam()}));
  const auto steps = over_steps(graph, Toy::inputs(), "loss", 200);
  const double gap = Toy::gap(0.3, 1.4);
  ASSERT_GT(gap, 0.5);
  for (size_t n = 0; n < Toy::kBatch; ++n) {
    const Estimate e = estimate(element(steps, n));
    EXPECT_NEAR(e.mean, Toy::exact_nll()[n] + gap, 4 * e.standard_error) << n;
    EXPECT_LT(e.standard_error, 0.1) << n;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, ElboOfWrongPosterior, testing::Values(Kl::kClosedForm, Kl::kMonteCarlo));

TEST(Elbo, TermsAddUpAndTheClosedFormIsUsed) {
  Graph graph;
  const Toy toy(graph, 0.1, 0.8);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const ElboTerms terms = elbo_terms(toy.vae, x, {.latent_samples = 2});
  const Tensor exact = *prob::closed_form_kl(toy.vae.posterior(x), toy.vae.prior);
  Interpreter check(graph);
  check.run(Toy::inputs());
  EXPECT_EQ(values_of(check.value(terms.kl)), values_of(check.value(exact)));
  for (size_t n = 0; n < Toy::kBatch; ++n) {
    EXPECT_DOUBLE_EQ(values_of(check.value(terms.negative_elbo))[n],
                     values_of(check.value(terms.reconstruction))[n] + values_of(check.value(terms.kl))[n]);
  }
}

TEST(Elbo, TermsOfTheDivergenceAddUpWhereThereAreAny) {
  for (const Kl kl : {Kl::kClosedForm, Kl::kMonteCarlo}) {
    Graph graph;
    const Toy toy(graph, 0.1, 0.8);
    const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
    const ElboTerms terms = elbo_terms(toy.vae, x, {.latent_samples = 3, .kl = kl});
    ASSERT_TRUE(terms.kl_terms);
    EXPECT_EQ(terms.kl_terms->shape(), (Shape{Toy::kBatch, Toy::kLatent}));
    const Tensor added = sum(*terms.kl_terms, {.axes = {1}});
    Interpreter check(graph);
    check.run(Toy::inputs(), {.seed = 1});
    EXPECT_THAT(values_of(check.value(added)),
                testing::Pointwise(testing::DoubleNear(1e-12), values_of(check.value(terms.kl))));
    const nn::Parameters parameters;
    const flows::Planar planar{parameters / "flow", {.dim = Toy::kLatent, .layers = 1}};
    const Vae with_flow{.prior = toy.vae.prior,
                        .posterior =
                            [&](Tensor of) {
                              return prob::TransformedDistribution{.base = toy.vae.posterior(of), .transform = planar};
                            },
                        .likelihood = toy.vae.likelihood};
    EXPECT_FALSE(elbo_terms(with_flow, x, {.kl = kl}).kl_terms);
  }
}

TEST(Elbo, OneRowOfPosteriorServesAllExamples) {
  Graph graph;
  const Tensor x = graph.input("x", {5, 2});
  const Vae vae{.prior = prob::StandardNormal{2},
                .posterior =
                    [](Tensor of) {
                      return prob::Normal{.loc = zeros(of.graph(), {1, 2}), .scale = ones(of.graph(), {1, 2})};
                    },
                .likelihood = [](Tensor z) { return prob::Normal{.loc = z, .scale = z.graph().constant(1.0)}; }};
  const ElboTerms terms = elbo_terms(vae, x);
  EXPECT_EQ(terms.kl.shape(), Shape{5});
  EXPECT_EQ(terms.negative_elbo.shape(), Shape{5});
}

// With a flow on top, E[p(x, z) / q(z | x)] is still p(x): holds samples, log-determinants and signs together.
TEST(Elbo, OfAFlowPosteriorIsAnUnbiasedBound) {
  Graph graph;
  const Toy toy(graph, 0.2, 1.2);
  const nn::Parameters parameters{{.seed = 3}};
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  for (const int64_t context_dim : {0, 3}) {
    const std::string scope = "flow" + std::to_string(context_dim);
    const flows::Planar planar{parameters / scope, {.dim = 2, .layers = 3, .context_dim = context_dim}};
    for (const VariablePtr& variable : (parameters / scope).all()) {
      for (float& value : variable->value.values<float>()) value *= 1.3f;
    }
    const Vae vae{.prior = toy.vae.prior,
                  .posterior =
                      [&](Tensor of) {
                        return prob::TransformedDistribution{
                            .base = toy.vae.posterior(of), .transform = planar, .context = of};
                      },
                  .likelihood = toy.vae.likelihood};
    graph.output("loss" + scope, negative_elbo(vae, x, {.latent_samples = 5}));
    graph.output("sample" + scope, negative_elbo(vae, x, {.latent_samples = 1}));
  }
  for (const char* scope : {"flow0", "flow3"}) {
    const auto losses = over_steps(graph, Toy::inputs(), std::string("loss") + scope, 300);
    const auto samples = over_steps(graph, Toy::inputs(), std::string("sample") + scope, 4000);
    for (size_t n = 0; n < Toy::kBatch; ++n) {
      const double exact = Toy::exact_nll()[n];
      std::vector<double> ratios;
      for (const double loss : element(samples, n)) ratios.push_back(std::exp(exact - loss));
      const Estimate ratio = estimate(ratios), bound = estimate(element(losses, n));
      EXPECT_NEAR(ratio.mean, 1, 4 * ratio.standard_error) << scope << n;
      EXPECT_LT(ratio.standard_error, 0.1) << scope << n;
      EXPECT_GT(bound.mean, exact - 4 * bound.standard_error) << scope << n;
    }
  }
}

TEST(Elbo, WrongUseIsExplained) {
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  EXPECT_EQ(message_of([&] { negative_elbo(toy.vae, x, {.latent_samples = 0}); }),
            "elbo: latent_samples = 0, must be at least 1");
  EXPECT_EQ(message_of([&] { negative_elbo(toy.vae, graph.input("flat", {3})); }),
            "elbo: x [3], rows [batch, data_dim] are required");
}

}  // namespace
}  // namespace elbo::models
