// The published loss, written out by hand for one planar layer.
#include "elbo/models/kong_li.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>

#include "elbo/engine/op.h"
#include "elbo/flows/planar.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/transformed_distribution.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

constexpr size_t kRows = 3, kDim = 2;

double log_normal(double x, double loc, double scale) {
  const double e = (x - loc) / scale;
  return -0.5 * e * e - std::log(scale) - 0.5 * std::log(2 * std::numbers::pi);
}

// x -> q0 = N(x, 0.5), flow, z -> Bernoulli with logits z.
Vae small_vae(const std::optional<prob::AnyTransform>& flow) {
  return {.prior = prob::StandardNormal{kDim},
          .posterior = [flow](Tensor x) -> prob::Distribution {
            const prob::Normal base{.loc = x, .scale = x.graph().constant(0.5)};
            if (!flow) return base;
            return prob::TransformedDistribution{.base = base, .transform = *flow};
          },
          .likelihood = [](Tensor z) { return prob::Bernoulli{.logits = z}; }};
}

TEST(KongLi, FlowLossDividesPriorAndEntropyByTheLatentDimension) {
  const nn::Parameters parameters;
  const flows::Planar planar{parameters / "flow", {.dim = kDim, .layers = 1}};
  const std::vector<double> w{1, -0.5}, u{0.75, 0.25};
  parameters.find("flow.w")->value = Array::of<float>({1, 2}, {1, -0.5f});
  parameters.find("flow.u")->value = Array::of<float>({1, 2}, {0.75f, 0.25f});
  parameters.find("flow.b")->value = Array::of<float>({1}, {0.5f});
  const std::vector<double> x{0.25, 0.75, 1, 0, 0.5, 0.125};

  Graph graph;
  const KongLiTerms terms = kong_li_terms(small_vae(planar), graph.input("x", {kRows, kDim}), {.latent_samples = 2});
  Interpreter check(graph);
  check.run({{"x", Array::of<double>({kRows, kDim}, x)}}, {.seed = 8});
  std::vector<double> noise;
  for (size_t id = 0; id < graph.nodes().size(); ++id) {
    if (graph.nodes()[id].op == find_op("random_normal"))
      noise = values_of(check.value(graph.tensor(static_cast<int>(id))));
  }
  ASSERT_EQ(noise.size(), 2 * kRows * kDim);

  for (size_t n = 0; n < kRows; ++n) {
    double loss = 0, marginal = 0, bound = 0;
    for (size_t sample = 0; sample < 2; ++sample) {
      const double* e = &noise[(sample * kRows + n) * kDim];
      const std::vector<double> z0{x[n * 2] + 0.5 * e[0], x[n * 2 + 1] + 0.5 * e[1]};
      const double inner = w[0] * u[0] + w[1] * u[1];
      const double shift = (-1 + std::log(1 + std::exp(inner)) - inner) / (w[0] * w[0] + w[1] * w[1]);
      const double h = std::tanh(w[0] * z0[0] + w[1] * z0[1] + 0.5);
      const std::vector<double> u_hat{u[0] + shift * w[0], u[1] + shift * w[1]};
      const std::vector<double> z{z0[0] + u_hat[0] * h, z0[1] + u_hat[1] * h};
      const double log_det = std::log(std::abs(1 + (1 - h * h) * (w[0] * u_hat[0] + w[1] * u_hat[1])));
      double reconstruction = 0, log_q0 = 0, log_p = 0;
      for (size_t d = 0; d < kDim; ++d) {
        const double p = 1 / (1 + std::exp(-z[d]));
        reconstruction -= x[n * 2 + d] * std::log(p) + (1 - x[n * 2 + d]) * std::log(1 - p);
        log_q0 += log_normal(z0[d], x[n * 2 + d], 0.5);
        log_p += log_normal(z[d], 0, 1);
      }
      loss += 0.5 * (reconstruction + (log_q0 - log_p) / kDim - log_det);
      marginal += 0.5 * (reconstruction + log_q0 - log_p);
      bound += 0.5 * (reconstruction + log_q0 - log_p - log_det);
    }
    EXPECT_NEAR(values_of(check.value(terms.loss))[n], loss, 1e-8);
    EXPECT_NEAR(values_of(check.value(terms.marginal))[n], marginal, 1e-8);
    EXPECT_NEAR(values_of(check.value(terms.negative_elbo))[n], bound, 1e-8);
  }
}

TEST(KongLi, BoundOfTheFlowIsTheBoundOfElbo) {
  const nn::Parameters parameters;
  const Vae vae = small_vae(flows::Planar{parameters / "flow", {.dim = kDim, .layers = 3}});
  const auto mean_of = [&](const auto& make) {
    Graph graph;
    graph.output("loss", make(graph.input("x", {kRows, kDim})));
    const std::map<std::string, Array> inputs{{"x", Array::of<double>({kRows, kDim}, {0, 1, 1, 0, 0.5, 0.5})}};
    return values_of(Interpreter(graph).run(inputs, {.seed = 1}).at("loss"));
  };
  const auto bound = mean_of([&](Tensor x) { return kong_li_terms(vae, x, {.latent_samples = 4}).negative_elbo; });
  const auto elbo = mean_of([&](Tensor x) { return negative_elbo(vae, x, {.latent_samples = 4}); });
  EXPECT_THAT(bound, testing::Pointwise(testing::DoubleNear(1e-12), elbo));  // same stream, same draws
}

TEST(KongLi, WithoutAFlowItIsTheBoundWithTheClosedForm) {
  Graph graph;
  const Toy toy(graph, 0.3, 1.2);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const KongLiTerms terms = kong_li_terms(toy.vae, x, {.latent_samples = 2});
  graph.output("loss", kong_li_loss(toy.vae, x, {.latent_samples = 20}));
  Interpreter check(graph);
  check.run(Toy::inputs());
  EXPECT_EQ(values_of(check.value(terms.loss)), values_of(check.value(terms.negative_elbo)));
  EXPECT_EQ(values_of(check.value(terms.loss)), values_of(check.value(terms.marginal)));
  EXPECT_THAT(values_of(check.value(terms.log_abs_det)), testing::Each(0));
  const auto steps = over_steps(graph, Toy::inputs(), "loss", 200);
  for (size_t n = 0; n < Toy::kBatch; ++n) {
    const Estimate e = estimate(element(steps, n));
    EXPECT_NEAR(e.mean, Toy::exact_nll()[n] + Toy::gap(0.3, 1.2), 4 * e.standard_error);
  }
}

}  // namespace
}  // namespace elbo::models
