// A model's step compiled, in f32, against the interpreter in f64: loss, terms, weights and every gradient.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/models/elbo.h"
#include "elbo/models/importance.h"
#include "elbo/models/kong_li.h"
#include "tests/models/built.h"

namespace elbo::models {
namespace {

constexpr int64_t kCompiledData = 9;

struct CompiledCase {
  std::string name;
  std::vector<std::string> settings;
};

void PrintTo(const CompiledCase& row, std::ostream* stream) {
  *stream << row.name;
}

class CompiledVae : public testing::TestWithParam<CompiledCase> {};

TEST_P(CompiledVae, AgreesWithTheInterpreter) {
  constexpr int64_t kBatch = 11;
  std::vector<std::string> settings{"latent.dimension=4", "encoder.hidden=[17, 8]", "decoder.hidden=[13]"};
  settings.insert(settings.end(), GetParam().settings.begin(), GetParam().settings.end());
  const VaeModel built = testing_support::built_vae(kCompiledData, settings, nn::Parameters{{.seed = 6}});
  // Away from where parameters start: zeros would hide what depends on them.
  for (const VariablePtr& variable : built.parameters().trainable()) {
    auto values = variable->value.values<float>();
    for (size_t i = 0; i < values.size(); ++i) values[i] += 0.05f * static_cast<float>(i % 5) - 0.1f;
  }
  Graph graph;
  const Tensor x = graph.input("x", {kBatch, kCompiledData});
  const ElboTerms terms = elbo_terms(built.vae(), x, {.latent_samples = 3});
  const Tensor loss = mean(terms.negative_elbo);
  graph.output("loss", loss);
  graph.output("reconstruction", terms.reconstruction);
  graph.output("kl", terms.kl);
  graph.output("weights", log_weights(built.vae(), x, {.importance_samples = 4}));
  graph.output("kong_li", kong_li_loss(built.vae(), x, {.latent_samples = 2}));
  // The density of given latents: the inverse of the flow.
  const prob::Distribution posterior = built.vae().posterior(x);
  graph.output("log_prob", posterior.log_prob(stop_gradient(posterior.sample(graph, 2 * kBatch))));
  for (const auto& [variable, gradient] : nn::gradients(loss, built.parameters()))
    graph.output(variable->name, gradient);

  Array pixels(DType::kF32, {kBatch, kCompiledData});
  for (size_t i = 0; i < pixels.values<float>().size(); ++i) {
    pixels.values<float>()[i] = static_cast<float>(i * 7 % 10) / 9.0f;
  }
  const StepContext context{.seed = 21, .step = 4};
  const auto expected = Interpreter(graph).run({{"x", pixels}}, context);
  const auto computed = compile(graph, {.verify = true}).run({{"x", pixels}}, context);
  ASSERT_EQ(computed.size(), expected.size());
  for (const auto& [name, values] : expected) {
    const auto reference = values.values<double>();
    const auto result = computed.at(name).values<float>();
    double scale = 1e-2;
    for (const double value : reference) scale = std::max(scale, std::abs(value));
    for (size_t i = 0; i < reference.size(); ++i) {
      EXPECT_NEAR(result[i], reference[i], 1e-4 * scale) << name << " " << i;
    }
  }
}

std::vector<std::string> amortized(const std::string& flow) {
  return {"posterior.flow=" + flow, "posterior.flow.layers=5", "posterior.flow.amortized=true"};
}

INSTANTIATE_TEST_SUITE_P(
    Models, CompiledVae,
    testing::Values(
        CompiledCase{"plain", {}}, CompiledCase{"planar", {"posterior.flow=planar", "posterior.flow.layers=5"}},
        CompiledCase{"amortized_planar", amortized("planar")}, CompiledCase{"full_normal", {"posterior=full-normal"}},
        CompiledCase{"full_normal_iaf", {"posterior=full-normal", "posterior.flow=iaf", "posterior.flow.layers=5"}},
        CompiledCase{"low_rank_normal", {"posterior=low-rank-normal"}},
        CompiledCase{"mixture", {"posterior=mixture-of-gaussians"}}, CompiledCase{"turned_maf", amortized("maf")},
        CompiledCase{"chain", {"posterior.flow=[\"planar\", \"lu-linear\", \"real-nvp\"]"}},
        CompiledCase{"learned_prior", {"prior=mixture-of-gaussians", "prior.flow=real-nvp", "prior.flow.layers=2"}}),
    [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace elbo::models
