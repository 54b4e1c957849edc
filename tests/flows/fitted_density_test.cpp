// What holds for every family after it was fitted: sixteen layers on two-moons, compiled, in f32.  A registered family
// that is a density is tested the moment it exists.
#include <algorithm>
#include <cmath>
#include <gtest/gtest.h>
#include <string>

#include "elbo/data/generators.h"
#include "elbo/data/standardization.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/flows/registry.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/train/optimizer.h"
#include "tests/models/plane_grid.h"
#include "tests/support/settings_variations.h"

namespace elbo::flows {
namespace {

constexpr const char* kGenerator = "two-moons";
constexpr int64_t kFittedRows = 10'000, kFittedBatch = 250, kSteps = 400, kFittedSamples = 20'000;

prob::AnyTransform sixteen_layers(const FlowFamily& family, const nn::Parameters& scope) {
  const std::vector<std::string> small{"layers=16", "network.hidden=[32]", "network.activation=tanh"};
  return make_flow(family.name, {.scope = scope, .dim = 2}, testing_support::known_to(family, small));
}

// Families that map the plane onto itself and have something to fit.
std::vector<const FlowFamily*> families_that_are_densities() {
  std::vector<const FlowFamily*> result;
  for (const FlowFamily* family : flow_families().rows()) {
    const nn::Parameters parameters;
    sixteen_layers(*family, parameters);
    const bool real = family->base_support == Support::kReal && family->data_support == Support::kReal;
    if (real && parameters.count() > 0) result.push_back(family);
  }
  return result;
}

class FittedFlow : public testing::TestWithParam<const FlowFamily*> {
 protected:
  FittedFlow() { initialize_from_data(flow_, rows_); }

  // Mean of -log p over all rows.
  double loss() const {
    Graph graph;
    graph.output("loss", -mean(density_.log_prob(graph.input("x", rows_.shape()))));
    return static_cast<double>(compile(graph).run({{"x", rows_}}, {}).at("loss").values<float>()[0]);
  }

  void fit() {
    Graph step(GraphMode::kTraining);
    const Tensor loss = -mean(density_.log_prob(step.input("x", {kFittedBatch, 2})));
    step.output("loss", loss);
    step.update(train::Adam{{.learning_rate = 2e-3}}.apply(nn::gradients(loss, parameters_)));
    Executable executable = compile(step, {.guard = "loss"});
    for (int64_t s = 0; s < kSteps; ++s) {
      const auto batch = rows_.values<float>().subspan(static_cast<size_t>(s * kFittedBatch * 2 % (kFittedRows * 2)),
                                                       kFittedBatch * 2);
      std::copy(batch.begin(), batch.end(), executable.input("x").values<float>().begin());
      executable.run({.seed = 1, .step = static_cast<uint64_t>(s)});
    }
  }

  // Rows of the base there and back, and rows of the data back and there; both in standard deviations.
  void expect_round_trips() const {
    Graph graph;
    const Tensor z = random_normal(graph, {kFittedRows, 2}), x = graph.input("x", rows_.shape());
    const auto there = flow_.forward(z), back = flow_.inverse(there.y);
    graph.output("base", reduce_max(abs(back.y - z)));
    graph.output("data", reduce_max(abs(flow_.forward(flow_.inverse(x).y).y - x)));
    graph.output("log-determinants", reduce_max(abs(there.log_abs_det + back.log_abs_det)));
    const auto errors = compile(graph).run({{"x", rows_}}, {.seed = 3});
    EXPECT_LT(errors.at("base").values<float>()[0], 1e-4f);
    EXPECT_LT(errors.at("data").values<float>()[0], 1e-4f);
    EXPECT_LT(errors.at("log-determinants").values<float>()[0], 1e-3f);
  }

  void expect_a_density_with_its_samples() const {
    const models::PlaneGrid grid(density_, {.half_width = 8, .half_height = 8});
    EXPECT_NEAR(grid.total(), 1, 0.01);
    Graph graph;
    graph.output("x", density_.sample(graph, kFittedSamples));
    EXPECT_LT(grid.disagreement(compile(graph).run({}, {.seed = 5}).at("x")), 4);
  }

  static Array standardized_rows() {
    const Array rows = data::generate(kGenerator, {.rows = kFittedRows});
    return data::Standardization::of(rows).apply(rows);
  }

  const Array rows_ = standardized_rows();
  const nn::Parameters parameters_{{.seed = 1}};
  const prob::AnyTransform flow_ = sixteen_layers(*GetParam(), parameters_ / "flow");
  const prob::TransformedDistribution density_{.base = prob::StandardNormal{2}, .transform = flow_};
};

TEST_P(FittedFlow, IsADensityThatItsSamplesFollowAndGoesThereAndBack) {
  const double before = loss();
  fit();
  EXPECT_LT(loss(), before + 0.01);  // an affine map of standardized rows starts at its best
  expect_round_trips();
  expect_a_density_with_its_samples();
}

INSTANTIATE_TEST_SUITE_P(Families, FittedFlow, testing::ValuesIn(families_that_are_densities()), [](const auto& row) {
  std::string name(row.param->name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace elbo::flows
