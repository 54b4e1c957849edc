#include "elbo/models/flow_density.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/models/built.h"
#include "tests/models/plane_grid.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::models {
namespace {

using namespace testing_support;

// A density as a configuration describes it.
FlowDensity density_of(const nn::Parameters& parameters, std::vector<std::string> settings) {
  settings.insert(settings.begin(), "model=flow");
  return DensityModel(site_of(2, parameters), model_settings(settings)).density();
}

FlowDensity plane_density(const nn::Parameters& parameters) {
  return density_of(parameters, {"flow=real-nvp", "flow.layers=4", "flow.network.hidden=[16]"});
}

// 8 deviations of the base around its mean.
constexpr PlaneWindow kWindow{.half_width = 8, .half_height = 8};

TEST(FlowDensity, IsADensityThatItsSamplesFollow) {
  const nn::Parameters parameters{{.seed = 3}};
  const FlowDensity density = plane_density(parameters);
  disturb(parameters.trainable(), 0.15);
  const PlaneGrid grid(density, kWindow);
  EXPECT_NEAR(grid.total(), 1, 0.01);
  Graph graph;
  const Tensor x = density.sample(graph, 20'000);
  graph.output("samples", x);
  graph.output("wider", 1.05 * x);  // what the grid must tell apart
  const auto out = compile(graph).run({}, {.seed = 5});
  EXPECT_LT(grid.disagreement(out.at("samples")), 4);
  EXPECT_GT(grid.disagreement(out.at("wider")), 4);
}

TEST(FlowDensity, TrainingNormalisesByTheBatchAndScoringDoesNot) {
  const nn::Parameters parameters{{.seed = 1}};
  const FlowDensity density =
      density_of(parameters, {"flow=real-nvp", "flow.layers=2", "flow.normalization=batch-norm"});
  Graph training{GraphMode::kTraining}, scoring;
  training.output("p", density.log_prob(training.input("x", {4, 2})));
  scoring.output("p", density.log_prob(scoring.input("x", {4, 2})));
  EXPECT_FALSE(training.updates().empty());
  EXPECT_TRUE(scoring.updates().empty());
}

TEST(FlowDensity, RefusesWhatIsNoDensityOfItsOwn) {
  const auto density = [](const char* flow) {
    return [flow] { density_of(nn::Parameters{}, {std::string("flow=") + flow}); };
  };
  EXPECT_NE(message_of<ConfigError>(density("sigmoid")).find("must give all reals here"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("reversal")).find("there is nothing to fit"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("planer")).find("did you mean planar?"), std::string::npos);
}

TEST(FlowDensity, BatchNormalisationRefusesABatchOfOneRow) {
  const FlowDensity density = density_of(nn::Parameters{}, {"flow=real-nvp", "flow.normalization=batch-norm"});
  Graph training{GraphMode::kTraining}, scoring;
  EXPECT_THAT(message_of<ConfigError>([&] {
                density.log_prob(training.input("x", {1, 2}));
              }),
              testing::HasSubstr("train.batch_size must be at least 2"));
  EXPECT_NO_THROW(density.log_prob(scoring.input("x", {1, 2})));
}

}  // namespace
}  // namespace elbo::models
