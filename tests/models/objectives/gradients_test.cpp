// Estimators of the gradient of a bound: the values are those of the plain one, and so are the gradients on average.
#include "elbo/engine/gradients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/models/objective.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

// The toy with a posterior and a decoder whose gradients are looked at.
struct GradientCase {
  std::string objective, gradient;
};

struct OfManySteps {
  std::vector<double> loss;                             // [step], mean over rows
  std::vector<std::vector<double>> by_shift, by_sigma;  // [step], of the posterior's location and of the likelihood
};

OfManySteps run_estimator(const GradientCase& c, int64_t samples, uint64_t steps, double shift) {
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const Tensor moved = graph.input("moved", {});
  // A variable, as what a model learns is: 0.5 in f32, too.
  const nn::Parameters parameters;
  const VariablePtr sigma = parameters.get("sigma", {.shape = {}, .init = nn::init::constant(Toy::kSigma)});
  const Vae vae{.prior = toy.vae.prior,
                .posterior =
                    [&](Tensor of) {
                      const auto exact = toy.vae.posterior(of);
                      const auto* normal = exact.get_if<prob::Normal>();
                      return prob::Normal{.loc = normal->loc + moved, .scale = normal->scale};
                    },
                .likelihood =
                    [&](Tensor z) {
                      const auto exact = toy.vae.likelihood(z);
                      return prob::Normal{.loc = exact.get_if<prob::Normal>()->loc, .scale = z.graph().variable(sigma)};
                    }};
  const VaeObjective& objective = vae_objectives().find(c.objective);
  std::vector<std::string> said{"latent_samples=" + std::to_string(samples), "gradient=" + c.gradient};
  if (c.objective == "elbo") said.emplace_back("kl=monte-carlo");
  const Terms terms = objective.terms(vae, x, {}, Settings::of(view_of(objective), said));
  const Tensor loss = mean(terms.loss);
  graph.output("loss", loss);
  graph.output("by_shift", gradients(loss, Tensors{moved})[0]);
  graph.output("by_sigma", nn::gradients(loss, parameters)[0].gradient);
  auto inputs = Toy::inputs();
  inputs.emplace("moved", array_of({}, {shift}));
  OfManySteps all;
  Interpreter run(graph);
  for (uint64_t step = 0; step < steps; ++step) {
    const auto out = run.run(inputs, {.seed = 3, .step = step});
    all.loss.push_back(values_of(out.at("loss"))[0]);
    all.by_shift.push_back(values_of(out.at("by_shift")));
    all.by_sigma.push_back(values_of(out.at("by_sigma")));
  }
  return all;
}

void PrintTo(const GradientCase& c, std::ostream* stream) {
  *stream << c.objective << ", " << c.gradient;
}

class GradientOf : public testing::TestWithParam<GradientCase> {};

TEST_P(GradientOf, IsThatOfTheBoundOnAverage) {
  constexpr uint64_t kSteps = 4000;
  const int64_t samples = 5;
  const auto plain = run_estimator({GetParam().objective, "reparameterised"}, samples, kSteps, 0.2);
  const auto other = run_estimator(GetParam(), samples, kSteps, 0.2);
  EXPECT_THAT(other.loss, testing::Pointwise(testing::DoubleNear(1e-10), plain.loss));
  for (const auto& [a, b] :
       {std::pair(&plain.by_shift, &other.by_shift), std::pair(&plain.by_sigma, &other.by_sigma)}) {
    const Estimate of_plain = estimate(element(*a, 0)), of_other = estimate(element(*b, 0));
    const double error = std::hypot(of_plain.standard_error, of_other.standard_error);
    EXPECT_NEAR(of_plain.mean, of_other.mean, 4 * error);
    EXPECT_LT(error, 0.1);  // or the comparison says nothing
  }
}

// At the true posterior each weight is p(x) whatever is drawn, and a path has no slope: no noise is left.
TEST_P(GradientOf, HasNoNoiseAtTheTruePosterior) {
  for (const auto& by : run_estimator(GetParam(), 5, 5, 0).by_shift) EXPECT_NEAR(by[0], 0, 1e-9);
  double plain = 0;
  for (const auto& by : run_estimator({GetParam().objective, "reparameterised"}, 5, 5, 0).by_shift) {
    plain = std::max(plain, std::abs(by[0]));
  }
  EXPECT_GT(plain, 1e-3);
}

INSTANTIATE_TEST_SUITE_P(Models, GradientOf,
                         testing::Values(GradientCase{"elbo", "stick-the-landing"},
                                         GradientCase{"iwae", "doubly-reparameterised"}),
                         [](const auto& one) { return one.param.objective; });

// Its weights are left as they are, so it keeps the value but not the mean of the gradient: Tucker et al. (2019), 3.
TEST(GradientOfIwae, SticksToTheLandingByValue) {
  const auto plain = run_estimator({"iwae", "reparameterised"}, 5, 3, 0.2);
  const auto other = run_estimator({"iwae", "stick-the-landing"}, 5, 3, 0.2);
  EXPECT_THAT(other.loss, testing::Pointwise(testing::DoubleNear(1e-10), plain.loss));
  EXPECT_NE(element(other.by_shift, 0), element(plain.by_shift, 0));
  EXPECT_THAT(element(other.by_sigma, 0), testing::Pointwise(testing::DoubleNear(1e-10), element(plain.by_sigma, 0)));
}

// Tucker et al. (2019), figure 1: the more draws, the less the plain gradient by q tells beside its noise.
TEST(GradientOfIwae, DoublyReparameterisedKeepsItsSignal) {
  const auto signal = [](const char* gradient, int64_t samples) {
    const Estimate e = estimate(element(run_estimator({"iwae", gradient}, samples, 600, 0.2).by_shift, 0));
    return std::abs(e.mean) / e.standard_error;
  };
  EXPECT_GT(signal("doubly-reparameterised", 64), 3 * signal("reparameterised", 64));
}

}  // namespace
}  // namespace elbo::models
