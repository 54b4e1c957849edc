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
#include "elbo/flows/registry.h"
#include "elbo/models/flow_density.h"
#include "elbo/train/optimizer.h"
#include "tests/models/plane_grid.h"

namespace elbo::flows {
namespace {

constexpr const char* kGenerator = "two-moons";
constexpr int64_t kRows = 10'000, kBatch = 250, kSteps = 400, kSamples = 20'000;

// Families that map the plane onto itself and have something to fit.
std::vector<const FlowFamily*> families_that_are_densities() {
  std::vector<const FlowFamily*> result;
  for (const FlowFamily* family : flow_families()) {
    const nn::Parameters parameters;
    family->build(parameters, {.dim = 2});
    const bool real = family->base_support == Support::kReal && family->data_support == Support::kReal;
    if (real && parameters.count() > 0) result.push_back(family);
  }
  return result;
}

class FittedFlow : public testing::TestWithParam<const FlowFamily*> {
 protected:
  FittedFlow() { density_.initialize_from(rows_); }

  // Mean of -log p over all rows.
  double loss() const {
    Graph graph;
    graph.output("loss", -mean(density_.log_prob(graph.input("x", rows_.shape()))));
    return static_cast<double>(compile(graph).run({{"x", rows_}}, {}).at("loss").values<float>()[0]);
  }

  void fit() {
    Graph step;
    const Tensor loss = -mean(density_.training_log_prob(step.input("x", {kBatch, 2})));
    step.output("loss", loss);
    step.update(train::Adam{{.learning_rate = 2e-3}}.apply(nn::gradients(loss, parameters_)));
    Executable executable = compile(step, {.guard = "loss"});
    for (int64_t s = 0; s < kSteps; ++s) {
      const auto batch = rows_.values<float>().subspan(static_cast<size_t>(s * kBatch * 2 % (kRows * 2)), kBatch * 2);
      std::copy(batch.begin(), batch.end(), executable.input("x").values<float>().begin());
      executable.run({.seed = 1, .step = static_cast<uint64_t>(s)});
    }
  }

  // Rows of the base there and back, and rows of the data back and there; both in standard deviations.
  void expect_round_trips() const {
    const prob::AnyTransform flow = GetParam()->build(parameters_ / "flow", options_.flow_options);
    Graph graph;
    const Tensor z = random_normal(graph, {kRows, 2}), x = graph.input("x", rows_.shape());
    const auto there = flow.forward(z), back = flow.inverse(there.y);
    graph.output("base", reduce_max(abs(back.y - z)));
    graph.output("data", reduce_max(abs(flow.forward(flow.inverse(x).y).y - x)));
    graph.output("log-determinants", reduce_max(abs(there.log_abs_det + back.log_abs_det)));
    const auto errors = compile(graph).run({{"x", standard_.apply(rows_)}}, {.seed = 3});
    EXPECT_LT(errors.at("base").values<float>()[0], 1e-4f);
    EXPECT_LT(errors.at("data").values<float>()[0], 1e-4f);
    EXPECT_LT(errors.at("log-determinants").values<float>()[0], 1e-3f);
  }

  void expect_a_density_with_its_samples() const {
    const models::PlaneGrid grid(density_, {.center_x = standard_.mean[0],
                                            .center_y = standard_.mean[1],
                                            .half_width = 8 * standard_.scale[0],
                                            .half_height = 8 * standard_.scale[1]});
    EXPECT_NEAR(grid.total(), 1, 0.01);
    Graph graph;
    graph.output("x", density_.sample(graph, kSamples));
    EXPECT_LT(grid.disagreement(compile(graph).run({}, {.seed = 5}).at("x")), 4);
  }

  const Array rows_ = data::generate(kGenerator, {.rows = kRows});
  const data::Standardization standard_ = data::Standardization::of(rows_);
  const nn::Parameters parameters_{{.seed = 1}};
  const models::FlowDensityOptions options_{
      .flow = std::string(GetParam()->name),
      .flow_options = {.dim = 2, .layers = 16, .hidden = {32}, .activation = "tanh"},
      .mean = standard_.mean,
      .scale = standard_.scale};
  const models::FlowDensity density_{parameters_, options_};
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
