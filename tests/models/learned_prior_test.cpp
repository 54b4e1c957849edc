// Priors that are learned, on the linear-Gaussian toy, and the full-covariance posterior against closed forms.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/models/elbo.h"
#include "elbo/models/places/free.h"
#include "elbo/nn/parameters.h"
#include "elbo/prob/family.h"
#include "tests/models/built.h"
#include "tests/models/toy.h"

namespace elbo::models {
namespace {

using namespace testing_support;

struct PriorCase {
  std::string name;
  std::vector<std::string> settings;
};

void PrintTo(const PriorCase& row, std::ostream* stream) {
  *stream << row.name;
}

// Every family that learns something, and flows on the one that does not.
std::vector<PriorCase> learned_priors() {
  std::vector<PriorCase> cases;
  for (const Option& option : kVaeKind.settings) {
    if (option.key != "prior") continue;
    for (const RowView& row : option.part->rows.rows()) {
      const nn::Parameters probe;
      built_vae(Toy::kData, {"prior=" + std::string(row.name)}, probe);
      if ((probe / "prior").count() == 0) continue;
      std::string name(row.name);
      std::replace(name.begin(), name.end(), '-', '_');
      cases.push_back({name, {"prior=" + std::string(row.name)}});
      // Of many, each has a small share of the gradient.
      if (row.name == "vamp") cases.back().settings.emplace_back("prior.pseudo_inputs=4");
    }
  }
  for (const char* flow : {"affine", "planar", "maf"}) {
    cases.push_back({std::string("flow_") + flow, {std::string("prior.flow=") + flow}});
  }
  return cases;
}

// Gradient descent on the toy's rows, in f64; the interpreter holds what is learned.
Interpreter descended(Graph& step, Tensor loss, const nn::Parameters& parameters, uint64_t steps) {
  for (const auto& [variable, gradient] : nn::gradients(loss, parameters)) {
    step.update(variable, step.variable(variable) - 0.1 * gradient);
  }
  Interpreter run(step);
  for (uint64_t i = 0; i < steps; ++i) run.run(Toy::inputs(), {.seed = 3, .step = i});
  return run;
}

class LearnedPrior : public testing::TestWithParam<PriorCase> {};

// The recognition network and the generator of the toy stay as they are: what the bound gains, the prior has learned.
TEST_P(LearnedPrior, ImprovesTheBound) {
  std::vector<std::string> settings{"latent.dimension=" + std::to_string(Toy::kLatent), "encoder.hidden=[]",
                                    "decoder.hidden=[]"};
  settings.insert(settings.end(), GetParam().settings.begin(), GetParam().settings.end());
  const VaeModel built = built_vae(Toy::kData, settings, nn::Parameters{{.seed = 4}});
  const nn::Parameters learned = built.parameters() / "prior";
  ASSERT_GT(learned.count(), 0);
  Graph step{GraphMode::kTraining}, measure;
  const Toy toy(step), again(measure);
  Vae training = toy.vae, vae = again.vae;
  training.prior = built.vae().prior;
  vae.prior = built.vae().prior;
  const Shape rows{Toy::kBatch, Toy::kData};
  const Tensor loss = mean(negative_elbo(training, step.input("x", rows), {.latent_samples = 8}));
  measure.output("bound", mean(negative_elbo(vae, measure.input("x", rows), {.latent_samples = 8})));

  const Interpreter trained = descended(step, loss, learned, 300);
  Interpreter before_it(measure), after_it(measure);
  for (const VariablePtr& variable : learned.all()) {
    after_it.set_variable(variable.get(), trained.variable(variable.get()));
  }
  const auto bound = [](Interpreter& run) {
    std::vector<double> values;
    for (uint64_t i = 0; i < 200; ++i) {
      values.push_back(values_of(run.run(Toy::inputs(), {.seed = 5, .step = i}).at("bound"))[0]);
    }
    return estimate(values);
  };
  const Estimate before = bound(before_it), after = bound(after_it);
  EXPECT_LT(after.mean + 4 * after.standard_error, before.mean - 4 * before.standard_error);
}

INSTANTIATE_TEST_SUITE_P(Models, LearnedPrior, testing::ValuesIn(learned_priors()),
                         [](const auto& row) { return row.param.name; });

// Of the priors with independent dimensions the best for given posteriors has their joint mean and variance.
TEST(LearnedPrior, NormalFindsTheMomentsOfTheCodes) {
  const nn::Parameters parameters;
  Graph graph;
  const Toy toy(graph);
  const Tensor x = graph.input("x", {Toy::kBatch, Toy::kData});
  Vae vae = toy.vae;
  const Settings settings = model_settings({"prior=normal"});
  vae.prior = free_distribution(parameters, Toy::kLatent, settings.part("prior"));
  const Tensor loss = mean(negative_elbo(vae, x));
  const Interpreter trained = descended(graph, loss, parameters, 2000);
  const auto learned = [&](const char* name) { return trained.variable(parameters.find(name).get()); };
  const Toy::Moments codes = Toy::moments_of_codes();
  for (size_t d = 0; d < Toy::kLatent; ++d) {
    EXPECT_NEAR(learned("loc")[d], codes.mean[d], 1e-6);
    EXPECT_NEAR(learned("log_scale")[d], 0.5 * std::log(codes.variance[d]), 1e-6);
  }
}

class FullNormalPosterior : public testing::TestWithParam<std::string> {};

// Draws and their densities against the closed form, with heads of random weights and a prior off its start.
TEST_P(FullNormalPosterior, HasTheDivergenceOfItsClosedForm) {
  const VaeModel built = built_vae(
      3,
      {"latent.dimension=4", "encoder.hidden=[5]", "posterior=full-normal", "decoder.hidden=[]", "prior=" + GetParam()},
      nn::Parameters{{.seed = 9}});
  EXPECT_EQ(built.parameters().find("lower.weight")->value.shape(), (Shape{6, 5}));
  // Off what they start with: no correlations, and a standard normal prior.
  for (const nn::Parameters& scope : {built.parameters() / "prior", built.parameters() / "lower"}) {
    for (const VariablePtr& variable : scope.all()) {
      auto values = variable->value.values<float>();
      for (size_t i = 0; i < values.size(); ++i) values[i] = 0.2f * static_cast<float>(i % 3) - 0.1f;
    }
  }
  ASSERT_TRUE(has_closed_form_kl(built.vae(), 3));
  Graph graph;
  const Tensor x = graph.input("x", {4, 3});
  graph.output("exact", elbo_terms(built.vae(), x).kl);
  graph.output("sampled", elbo_terms(built.vae(), x, {.latent_samples = 20, .kl = Kl::kMonteCarlo}).kl);
  const std::map<std::string, Array> inputs{{"x", Toy::inputs().at("x")}};
  const std::vector<double> exact = values_of(Interpreter(graph).run(inputs).at("exact"));
  const auto sampled = over_steps(graph, inputs, "sampled", 400);
  for (size_t row = 0; row < exact.size(); ++row) {
    const Estimate e = estimate(element(sampled, row));
    EXPECT_NEAR(e.mean, exact[row], 4 * e.standard_error) << row;
    EXPECT_LT(e.standard_error, 0.1) << row;
  }
}

INSTANTIATE_TEST_SUITE_P(Models, FullNormalPosterior, testing::Values("standard-normal", "normal"));

TEST(Priors, SayWhereTheyHaveNoClosedForm) {
  const auto closed = [](const std::string& setting) { return has_closed_form_kl(built_vae(3, {setting}).vae(), 3); };
  EXPECT_TRUE(closed("prior=standard-normal"));
  for (const char* name : {"mixture-of-gaussians", "student-t", "full-normal"}) {
    EXPECT_FALSE(closed(std::string("prior=") + name)) << name;
  }
  EXPECT_FALSE(closed("prior.flow=real-nvp"));
}

}  // namespace
}  // namespace elbo::models
