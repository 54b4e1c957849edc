// The VampPrior: the mixture of a posterior at its pseudo-inputs.
#include "elbo/models/places/vamp.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

const std::vector<std::string> kVampSettings{"prior=vamp", "prior.pseudo_inputs=4", "latent.dimension=2",
                                             "encoder.hidden=[5]", "decoder.hidden=[]"};

std::vector<std::string> vamp_settings(const std::vector<std::string>& more) {
  std::vector<std::string> all = kVampSettings;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

Array vamp_rows() {
  return Array::of<float>({8, 3}, {0.1f, 0.9f, 0.3f, 0,    1, 0.5f, 0.2f, 0.4f, 1, 0.7f, 0.7f, 0,
                                   1,    1,    0.2f, 0.6f, 0, 0,    0.3f, 0.3f, 0, 0.9f, 0.1f, 1});
}

TEST(Vamp, StartsFromRowsSpreadOverTheDataOrFromTheirMean) {
  for (const bool from_rows : {true, false}) {
    const VaeModel built = built_vae(3, vamp_settings({from_rows ? "prior.start=rows" : "prior.start=mean"}));
    built.initialize_from(vamp_rows(), {});
    const VariablePtr inputs = built.parameters().find("prior.pseudo_inputs");
    ASSERT_EQ(inputs->value.shape(), (Shape{4, 3}));
    const auto values = std::as_const(inputs->value).values<float>();
    const Array rows = vamp_rows();
    double noise = 0;
    for (size_t k = 0; k < 4; ++k) {
      for (size_t column = 0; column < 3; ++column) {
        double expected = rows.values<float>()[(2 * k + 1) * 3 + column];
        if (!from_rows) {
          expected = 0;
          for (size_t row = 0; row < 8; ++row) expected += rows.values<float>()[row * 3 + column] / 8;
        }
        EXPECT_NEAR(values[k * 3 + column], expected, 0.06) << from_rows << " " << k << " " << column;
        noise += std::abs(values[k * 3 + column] - expected);
      }
    }
    EXPECT_GT(noise, 0.01);  // equal ones would stay equal
  }
}

TEST(Vamp, StartsFromWhatTheEncoderIsShown) {
  const VaeModel built = built_vae(3, vamp_settings({"likelihood=poisson"}));
  const Array counts = Array::of<float>({1, 3}, {0, 1, 100});
  built.initialize_from(counts, {});
  const auto values = std::as_const(built.parameters().find("prior.pseudo_inputs")->value).values<float>();
  for (size_t i = 0; i < values.size(); ++i) {
    EXPECT_NEAR(values[i], std::log1p(counts.values<float>()[i % 3]), 0.06);
  }
}

// Against the posterior at each pseudo-input, written out.
TEST(Vamp, ScoresByAllComponents) {
  const VaeModel built = built_vae(3, kVampSettings, nn::Parameters{{.seed = 3}});
  built.initialize_from(vamp_rows(), {});
  Graph graph;
  const Array codes = Array::of<double>({3, 2}, {0.125, -0.5, 2, 1, -3, 0.5});
  graph.output("log_prob", built.vae().prior.log_prob(graph.constant(codes)));
  const prob::Distribution q = built.vae().posterior(graph.variable(built.parameters().find("prior.pseudo_inputs")));
  graph.output("loc", q.get_if<prob::Normal>()->loc);
  graph.output("scale", q.get_if<prob::Normal>()->scales().scale);
  const auto out = Interpreter(graph).run({});
  const std::vector<double> loc = values_of(out.at("loc")), scale = values_of(out.at("scale")), z = values_of(codes);
  for (size_t row = 0; row < 3; ++row) {
    double density = 0;
    for (size_t k = 0; k < 4; ++k) {
      double component = 0.25;
      for (size_t d = 0; d < 2; ++d) {
        const double e = (z[2 * row + d] - loc[2 * k + d]) / scale[2 * k + d];
        component *= std::exp(-0.5 * e * e) / (scale[2 * k + d] * std::sqrt(2 * std::numbers::pi));
      }
      density += component;
    }
    EXPECT_NEAR(values_of(out.at("log_prob"))[row], std::log(density), 1e-10);
  }
}

// E[ p'(z) / p(z) ] over its draws is 1 for a narrow normal p'; and the pseudo-inputs are learned through the density.
TEST(Vamp, DrawsWhatItScores) {
  const VaeModel built = built_vae(3, kVampSettings, nn::Parameters{{.seed = 3}});
  built.initialize_from(vamp_rows(), {});
  const nn::Parameters& parameters = built.parameters();
  for (float& weight : parameters.find("loc.weight")->value.values<float>()) weight *= 6;  // components apart
  for (float& bias : parameters.find("log_scale.bias")->value.values<float>()) bias -= 0.7f;
  Graph graph;
  const auto [z, log_prob] = built.vae().prior.sample_and_log_prob(graph, 20'000);
  const prob::Normal other{.loc = built.vae().prior.center(graph, 1), .scale = graph.constant(0.1)};
  graph.output("ratio", exp(other.log_prob(z) - log_prob));
  graph.output("by", gradients(sum(log_prob), {graph.variable(parameters.find("prior.pseudo_inputs"))})[0]);
  const auto out = Interpreter(graph).run({}, {.seed = 4});
  const Estimate e = estimate(values_of(out.at("ratio")));
  EXPECT_NEAR(e.mean, 1, 4 * e.standard_error);
  EXPECT_LT(e.standard_error, 0.1);
  EXPECT_THAT(values_of(out.at("by")), testing::Contains(testing::Ne(0)));
}

TEST(Vamp, HeldPassesNoGradientToTheEncoder) {
  const VaeModel built = built_vae(3, kVampSettings, nn::Parameters{{.seed = 3}});
  Graph graph;
  const Tensor z = graph.constant(Array::of<double>({2, 2}, {0.1, -0.4, 2, 1}));
  const prob::Distribution prior = built.vae().prior;
  graph.output("own", prior.log_prob(z));
  const Tensor held = prob::held(prior).log_prob(z);
  graph.output("held", held);
  const Tensor weight = graph.variable(built.parameters().find("loc.weight"));
  graph.output("by", gradients(sum(held), {weight})[0]);
  const auto out = Interpreter(graph).run({});
  EXPECT_EQ(values_of(out.at("own")), values_of(out.at("held")));
  EXPECT_THAT(values_of(out.at("by")), testing::Each(0.0));
}

TEST(Vamp, StandsUnderAFlowAndBesideOneThatScoresBothWays) {
  EXPECT_NO_THROW(built_vae(3, vamp_settings({"prior.flow=maf"})));
  EXPECT_NO_THROW(built_vae(3, vamp_settings({"posterior.flow=affine"})));
  EXPECT_THAT(message_of([] { built_vae(3, vamp_settings({"posterior.flow=planar"})); }),
              testing::HasSubstr("\"vamp\" scores codes by the posterior, whose flow \"planar\" is not fast in both "
                                 "directions"));
}

}  // namespace
}  // namespace elbo::models
