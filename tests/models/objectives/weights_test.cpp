// Objectives whose weights are learned or moved by a controller.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/models/objective.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

// One dimension of which the code tells ½ μ² nats, with μ as input.
struct OneNumber {
  explicit OneNumber(Graph& graph)
      : loc(graph.input("loc", {1, 1})),
        x(graph.input("x", {1, 1})),
        vae{.prior = prob::StandardNormal{1},
            .posterior = [this](Tensor) { return prob::Normal{.loc = loc, .scale = loc.graph().constant(1.0)}; },
            .likelihood = [](Tensor z) { return prob::Normal{.loc = 0 * z, .scale = z.graph().constant(1.0)}; }} {}
  Tensor loc, x;
  Vae vae;
  static std::map<std::string, Array> inputs(double kl) {
    return {{"x", array_of({1, 1}, {0})}, {"loc", array_of({1, 1}, {std::sqrt(2 * kl)})}};
  }
};

// What the training steps make of the weight when the code tells so many nats.
std::vector<double> betas(const char* name, const std::vector<std::string>& said, const std::vector<double>& kls) {
  const nn::Parameters parameters;
  const ObjectiveSite site{.code_dim = 1, .scope = parameters / "objective"};
  const VaeObjective& objective = vae_objectives().find(name);
  const Settings settings = Settings::of(view_of(objective), said);
  objective.declare(site, settings);
  Graph graph(GraphMode::kTraining), measuring;
  const OneNumber one(graph), measured(measuring);
  const Terms terms = objective.terms(one.vae, one.x, site, settings);
  graph.output("beta", terms.parts.back().values);
  graph.output("excess", terms.loss - terms.parts[0].values - terms.parts.back().values * terms.parts[1].values);
  std::vector<double> all;
  Interpreter run(graph);
  for (size_t step = 0; step < kls.size(); ++step) {
    const auto out = run.run(OneNumber::inputs(kls[step]), {.step = step});
    all.push_back(values_of(out.at("beta"))[0]);
    EXPECT_NEAR(values_of(out.at("excess"))[0], 0, 1e-9);
  }
  // A graph that does not train takes the last weight and leaves it.
  for (const VariablePtr& variable : parameters.all()) {
    variable->value.values<float>()[0] = static_cast<float>(run.variable(variable.get())[0]);
  }
  measuring.output("beta", objective.terms(measured.vae, measured.x, site, settings).parts.back().values);
  EXPECT_TRUE(measuring.updates().empty());
  EXPECT_NEAR(values_of(Interpreter(measuring).run(OneNumber::inputs(1)).at("beta"))[0], all.back(), 1e-6);
  return all;
}

double logistic(double t) {
  return 1 / (1 + std::exp(-t));
}

TEST(ControlVae, FollowsThePublishedController) {
  const std::vector<double> kls{10, 6, 5, 0.5, 1, 9};
  std::vector<double> expected;
  double sum = 0;
  for (const double kl : kls) {
    const double error = 4 - kl, tried = sum - 0.1 * error, free = 0.5 * logistic(-error) + tried + 0.2;
    if (free >= 0.2 && free <= 1.5) sum = tried;
    expected.push_back(std::clamp(0.5 * logistic(-error) + sum + 0.2, 0.2, 1.5));
  }
  const auto found = betas("control-vae", {"set_point=4", "kp=0.5", "ki=0.1", "beta_min=0.2", "beta_max=1.5"}, kls);
  EXPECT_THAT(found, testing::Pointwise(testing::DoubleNear(1e-6), expected));
}

TEST(DynamicVae, FollowsThePublishedIncrements) {
  const std::vector<double> kls{10, 6, 5, 0.5, 1, 9};
  std::vector<double> expected;
  double error = 0, beta = 3;
  for (const double kl : kls) {
    const double before = error;
    error += 0.2 * (4 - kl - error);
    beta = std::clamp(beta + 0.5 * (logistic(-error) - logistic(-before)) - 0.1 * error, 0.2, 3.0);
    expected.push_back(beta);
  }
  const auto found = betas("dynamic-vae", {"set_point=4", "kp=0.5", "ki=0.1", "beta_min=0.2", "beta_max=3"}, kls);
  EXPECT_THAT(found, testing::Pointwise(testing::DoubleNear(1e-6), expected));
}

// 1/s0² before the reconstruction, 1/s1² before the divergence; each s² has its best value at the root of its term.
TEST(LVae, WeighsItsTermsAndLearnsBy) {
  const nn::Parameters parameters;
  const ObjectiveSite site{.code_dim = 1, .scope = parameters / "objective"};
  for (const char* name : {"l-vae", "dl-vae"}) {
    const VaeObjective& objective = vae_objectives().find(name);
    const Settings settings = Settings::of(view_of(objective), {});
    objective.declare(site, settings);  // one dimension: both have two weights
    const VariablePtr squares = parameters.all().front();
    squares->value.values<float>()[0] = 0.5f;
    squares->value.values<float>()[1] = -1;
    Graph graph;
    const OneNumber one(graph);
    const Terms terms = objective.terms(one.vae, one.x, site, settings);
    EXPECT_EQ(terms.loss_of_x, 0);
    graph.output("loss", terms.loss);
    graph.output("by", nn::gradients(sum(terms.loss), parameters)[0].gradient);
    for (const Term& part : terms.parts) graph.output(part.name, part.values);
    const auto out = Interpreter(graph).run(OneNumber::inputs(2));
    const double reconstruction = values_of(out.at("reconstruction"))[0], s0 = std::exp(0.5), s1 = std::exp(-1);
    EXPECT_NEAR(values_of(out.at("kl"))[0], 2, 1e-6);
    EXPECT_NEAR(values_of(out.at("loss"))[0], reconstruction / s0 + 2 / s1 + s0 + s1, 1e-5) << name;
    EXPECT_NEAR(values_of(out.at("beta"))[0], s0 / s1, 1e-6) << name;
    EXPECT_NEAR(values_of(out.at("by"))[0], s0 - reconstruction / s0, 1e-5) << name;
    EXPECT_NEAR(values_of(out.at("by"))[1], s1 - 2 / s1, 1e-5) << name;
  }
}

TEST(DlVae, HasAWeightForEachDimension) {
  const nn::Parameters parameters;
  const ObjectiveSite site{.code_dim = Toy::kLatent, .scope = parameters / "objective"};
  const VaeObjective& objective = vae_objectives().find("dl-vae");
  const Settings settings = Settings::of(view_of(objective), {});
  objective.declare(site, settings);
  const auto squares = parameters.all().front()->value.values<float>();
  ASSERT_EQ(squares.size(), 3);
  squares[1] = 1;
  squares[2] = -1;
  Graph graph;
  const Toy toy(graph, 0.3, 1.4);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  const Terms terms = objective.terms(toy.vae, x, site, settings);
  const ElboTerms plain = elbo_terms(toy.vae, x, {});
  graph.output("divergence", terms.loss - terms.parts[0].values);
  graph.output("kl", *plain.kl_terms);
  const auto out = Interpreter(graph).run(Toy::inputs());
  const std::vector<double> kl = values_of(out.at("kl"));
  for (size_t i = 0; i < Toy::kBatch; ++i) {
    EXPECT_NEAR(values_of(out.at("divergence"))[i],
                kl[2 * i] / std::exp(1) + kl[2 * i + 1] * std::exp(1) + 1 + std::exp(1) + std::exp(-1), 1e-5);
  }
}

}  // namespace
}  // namespace elbo::models
