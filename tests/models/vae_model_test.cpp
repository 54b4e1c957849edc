#include "elbo/models/vae_model.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/planar.h"
#include "elbo/models/elbo.h"
#include "elbo/nn/mlp.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

std::vector<std::string> shapes_in(const nn::Parameters& parameters) {
  std::vector<std::string> names;
  for (const VariablePtr& variable : parameters.all()) {
    names.push_back(variable->name + " " + to_string(variable->value.shape()));
  }
  return names;
}

// Eight 2x3 pictures: bars across or along.
Array bars() {
  return Array::of<double>({8, 6}, {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0,
                                    0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1, 0, 0, 1, 0});
}

TEST(VaeBuilder, NamesAndShapesOfParameters) {
  const VaeModel built = built_vae(6, {"latent.dimension=2", "encoder.hidden=[5, 4]", "posterior.flow=planar",
                                       "posterior.flow.layers=3", "decoder.hidden=[7]"});
  EXPECT_THAT(shapes_in(built.parameters()),
              testing::ElementsAre("encoder.0.weight [5, 6]", "encoder.0.bias [5]", "encoder.1.weight [4, 5]",
                                   "encoder.1.bias [4]", "loc.weight [2, 4]", "loc.bias [2]", "log_scale.weight [2, 4]",
                                   "log_scale.bias [2]", "flow.w [3, 2]", "flow.u [3, 2]", "flow.b [3]",
                                   "decoder.0.weight [7, 2]", "decoder.0.bias [7]", "decoder.1.weight [6, 7]",
                                   "decoder.1.bias [6]"));
}

TEST(VaeBuilder, FlowAndOtherPartsDoNotChangeFirstValues) {
  const auto first_values = [](const std::vector<std::string>& settings) {
    const VaeModel built = built_vae(6, settings, nn::Parameters{{.seed = 5}});
    const auto values = std::as_const(built.parameters().find("decoder.0.weight")->value).values<float>();
    return std::vector<float>(values.begin(), values.end());
  };
  const std::vector<std::string> plain{"latent.dimension=2", "encoder.hidden=[5]", "decoder.hidden=[7]"};
  std::vector<std::string> with_flow = plain;
  with_flow.insert(with_flow.end(), {"posterior.flow=planar", "posterior.scale=log-variance"});
  EXPECT_EQ(first_values(with_flow), first_values(plain));
}

TEST(VaeBuilder, HeadsFollowTheOptions) {
  const auto posterior_scales = [](const std::string& scale, const std::string& head_activation) {
    const nn::Parameters parameters;
    const VaeModel built = built_vae(3,
                                     {"latent.dimension=1", "encoder.hidden=[]", "decoder.hidden=[]",
                                      "posterior.head_activation=" + head_activation, "posterior.scale=" + scale},
                                     parameters);
    for (const VariablePtr& variable : parameters.all()) {
      for (float& value : variable->value.values<float>()) value = 0;
    }
    const std::string head = scale == "log-scale" ? "log_scale" : scale == "softplus" ? "raw_scale" : "log_variance";
    parameters.find(head + ".bias")->value.values<float>()[0] = -0.5f;
    parameters.find("loc.bias")->value.values<float>()[0] = 2;
    Graph graph;
    const prob::Distribution q = built.vae().posterior(graph.input("x", {1, 3}));
    const auto [s, log_s] = q.get_if<prob::Normal>()->scales();
    graph.output("loc", q.get_if<prob::Normal>()->loc);
    graph.output("scale", s);
    graph.output("log_scale", log_s);
    const auto out = Interpreter(graph).run({{"x", Array(DType::kF64, {1, 3})}});
    return std::vector<double>{values_of(out.at("loc"))[0], values_of(out.at("scale"))[0],
                               values_of(out.at("log_scale"))[0]};
  };
  const auto near = [](double loc, double scale) {
    return testing::Pointwise(testing::DoubleNear(1e-12), std::vector<double>{loc, scale, std::log(scale)});
  };
  EXPECT_THAT(posterior_scales("log-scale", "none"), near(2, std::exp(-0.5)));
  EXPECT_THAT(posterior_scales("log-variance", "none"), near(2, std::exp(-0.25)));
  EXPECT_THAT(posterior_scales("softplus", "none"), near(2, std::log(1 + std::exp(-0.5)) + 1e-6));
  EXPECT_THAT(posterior_scales("log-scale", "tanh"), near(std::tanh(2.0), std::exp(std::tanh(-0.5))));
  EXPECT_THAT(posterior_scales("log-variance", "tanh"), near(std::tanh(2.0), std::exp(0.5 * std::tanh(-0.5))));
}

// Plain gradient descent in the interpreter: the bound must fall for every kind of model.
void expect_to_learn(const VaeModel& built, const std::string& label, double at_most = 3.3) {
  Graph step;
  const Tensor x = step.input("x", {8, 6});
  const Tensor loss = mean(negative_elbo(built.vae(), x, {.latent_samples = 4}));
  for (const auto& [variable, gradient] : nn::gradients(loss, built.parameters())) {
    step.update(variable, step.variable(variable) - 0.2 * gradient);
  }
  step.output("loss", loss);
  Interpreter run(step);
  double first = 0, last = 0;
  constexpr uint64_t kSteps = 500;
  for (uint64_t at = 0; at < kSteps; ++at) {
    const double value = values_of(run.run({{"x", bars()}}, {.seed = 1, .step = at}).at("loss"))[0];
    if (at < 20) first += value / 20;
    if (at >= kSteps - 20) last += value / 20;
  }
  EXPECT_NEAR(first, 4.2, 0.4) << label;  // six undecided pixels: 6 log 2 = 4.16
  EXPECT_LT(last, at_most) << label;
  EXPECT_GT(last, std::log(5.0)) << label;  // five pictures, some twice: the entropy of the data is 1.56
}

TEST(VaeBuilder, EveryModelLearns) {
  std::vector<std::string> settings{"latent.dimension=2", "encoder.hidden=[12]", "decoder.hidden=[12]"};
  expect_to_learn(built_vae(6, settings, nn::Parameters{{.seed = 2}}), "plain");
  settings.insert(settings.end(), {"posterior.flow=planar", "posterior.flow.layers=2"});
  expect_to_learn(built_vae(6, settings, nn::Parameters{{.seed = 2}}), "planar");
  settings.emplace_back("posterior.flow.amortized=true");
  const VaeModel amortized = built_vae(6, settings, nn::Parameters{{.seed = 2}});
  EXPECT_EQ(amortized.parameters().find("flow.parameters.weight")->value.shape(), (Shape{10, 12}));
  expect_to_learn(amortized, "amortized planar");
}

TEST(VaeBuilder, WrongSettingsAreExplained) {
  const auto refusal = [](const std::string& setting) { return message_of([&] { built_vae(6, {setting}); }); };
  EXPECT_EQ(refusal("latent.dimension=0"), "--set latent.dimension=0: must be at least 1");
  EXPECT_THAT(refusal("posterior.flow=planer"), testing::EndsWith("(did you mean planar?)"));
  EXPECT_THAT(refusal("likelihood=bernouli"), testing::EndsWith("(did you mean bernoulli?)"));
  EXPECT_THAT(refusal("prior=gaussian"), testing::HasSubstr("must be one of standard-normal"));
  EXPECT_THAT(refusal("posterior.scale=log"), testing::HasSubstr("must be one of log-scale"));
  EXPECT_THAT(refusal("encoder.activation=rellu"), testing::EndsWith("(did you mean relu?)"));
  EXPECT_EQ(refusal("prior=uniform-box").rfind("--set prior=uniform-box: must be one of ", 0), 0u);
  EXPECT_EQ(refusal("prior.components=3"),
            "--set prior.components=3: distribution \"standard-normal\" has no such setting; mixture-of-gaussians has");
  EXPECT_NO_THROW(built_vae(6, {"posterior.flow=maf", "posterior.flow.amortized=true"}));
  EXPECT_THAT(message_of([] {
                built_vae(6, {"posterior.flow=lu-linear", "posterior.flow.amortized=true"});
              }),
              testing::HasSubstr("the parameters of flow \"lu-linear\" cannot come from the encoder"));
}

TEST(VaeBuilder, APosteriorCannotNormaliseByItsBatch) {
  const VaeModel built =
      built_vae(6, {"latent.dimension=2", "posterior.flow=real-nvp", "posterior.flow.normalization=batch-norm"});
  Graph graph{GraphMode::kTraining};
  const Tensor x = graph.input("x", {8, 6});
  EXPECT_THAT(message_of([&] { built.vae().posterior(x).sample(graph, 8); }), testing::HasSubstr("has none; use"));
}

// Flows of different families, one after the other, in posterior and prior.
TEST(VaeBuilder, ChainsLearnToo) {
  expect_to_learn(built_vae(6,
                            {"latent.dimension=2", "encoder.hidden=[12]", "decoder.hidden=[12]",
                             "posterior.flow=[\"planar\", \"affine\"]", "prior.flow=[\"affine\", \"lu-linear\"]"},
                            nn::Parameters{{.seed = 2}}),
                  "chains", 3.8);  // one more map for all examples alike: slower
}

// The model as the design writes it down.
TEST(Vae, ReadsAsInTheDesign) {
  constexpr int64_t kBatch = 4, kPixels = 6, kLatent = 2;
  const nn::Parameters parameters{{.seed = 0}};
  const nn::Mlp encoder{parameters / "encoder", {.layers = {kPixels, 5, 5}, .output_activation = relu}};
  const nn::Linear loc{parameters / "loc", {.in = 5, .out = kLatent}};
  const nn::Linear log_scale{parameters / "log_scale", {.in = 5, .out = kLatent}};
  const nn::Mlp decoder{parameters / "decoder", {.layers = {kLatent, 5, 5, kPixels}}};
  const flows::Planar planar{parameters / "flow", {.dim = kLatent, .layers = 3}};

  const models::Vae vae{
      .prior = prob::StandardNormal{kLatent},
      .posterior =
          [&](Tensor x) {
            const Tensor h = encoder(x);  // [batch, hidden]
            return prob::TransformedDistribution{.base = prob::Normal{.loc = loc(h), .scale = exp(log_scale(h))},
                                                 .transform = planar};
          },
      .likelihood = [&](Tensor z) { return prob::Bernoulli{.logits = decoder(z)}; },
  };
  Graph step;
  const Tensor x = step.input("x", {kBatch, kPixels});
  const Tensor loss = mean(models::negative_elbo(vae, x, {.latent_samples = 1}));
  const auto by_parameter = gradients(loss, parameters);
  EXPECT_EQ(by_parameter.size(), parameters.all().size());
  step.output("loss", loss);
  Interpreter check(step);
  check.run({{"x", Array::of<double>({kBatch, kPixels}, {1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1,  //
                                                         1, 0, 0, 1, 0, 0, 0, 1, 0, 0, 1, 0})}});
  for (const auto& [variable, gradient] : by_parameter) {
    EXPECT_THAT(values_of(check.value(gradient)), testing::Contains(testing::Ne(0))) << variable->name;
  }
}

}  // namespace
}  // namespace elbo::models
