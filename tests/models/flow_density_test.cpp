#include "elbo/models/flow_density.h"

#include <cmath>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "tests/models/built.h"
#include "tests/models/plane_grid.h"
#include "tests/support/message.h"
#include "tests/support/random.h"

namespace elbo::models {
namespace {

using namespace testing_support;

// A density as a configuration describes it, with a standardization.
FlowDensity density_of(const nn::Parameters& parameters, std::vector<std::string> settings,
                       const std::vector<double>& mean = {}, const std::vector<double>& scale = {}) {
  settings.insert(settings.begin(), "model=flow");
  ModelSite site = site_of(2, parameters);
  site.mean = mean;
  site.scale = scale;
  return DensityModel(site, model_settings(settings)).density();
}

FlowDensity plane_density(const nn::Parameters& parameters) {
  return density_of(parameters, {"flow=real-nvp", "flow.layers=4", "flow.network.hidden=[16]"}, {10, -3}, {4, 0.5});
}

// The mean +- 8 scales.
constexpr PlaneWindow kWindow{.center_x = 10, .center_y = -3, .half_width = 32, .half_height = 4};

TEST(FlowDensity, IsADensityInTheUnitsOfTheDataThatItsSamplesFollow) {
  const nn::Parameters parameters{{.seed = 3}};
  const FlowDensity density = plane_density(parameters);
  disturb(parameters.trainable(), 0.15);
  const PlaneGrid grid(density, kWindow);
  EXPECT_NEAR(grid.total(), 1, 0.01);
  Graph graph;
  const Tensor x = density.sample(graph, 20'000);
  graph.output("samples", x);
  graph.output("wider", 10 + 1.05 * (x - 10));  // what the grid must tell apart
  const auto out = compile(graph).run({}, {.seed = 5});
  EXPECT_LT(grid.disagreement(out.at("samples")), 4);
  EXPECT_GT(grid.disagreement(out.at("wider")), 4);
}

TEST(FlowDensity, StandardizationIsInTheDensity) {
  const nn::Parameters parameters{{.seed = 1}};
  const FlowDensity density = density_of(parameters, {"flow=affine"}, {10, -3}, {4, 0.5});  // starts as the identity
  Graph graph;
  graph.output("log_prob", density.log_prob(graph.input("x", {2, 2})));
  const Array x = Array::of<float>({2, 2}, {10, -3, 14, -2.5});
  const auto out = Interpreter(graph).run({{"x", x}});
  const double at_mean = -std::log(2 * M_PI) - std::log(4) - std::log(0.5);
  EXPECT_NEAR(out.at("log_prob").values<double>()[0], at_mean, 1e-9);
  EXPECT_NEAR(out.at("log_prob").values<double>()[1], at_mean - 1, 1e-9);
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
  const auto density = [](const char* flow, const std::vector<double>& scale) {
    return [flow, scale] { density_of(nn::Parameters{}, {std::string("flow=") + flow}, {}, scale); };
  };
  EXPECT_NE(message_of<ConfigError>(density("sigmoid", {})).find("must give all reals here"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("reversal", {})).find("there is nothing to fit"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("planer", {})).find("did you mean planar?"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("affine", {1})).find("has 1 values, a row has 2"), std::string::npos);
  EXPECT_NE(message_of<ConfigError>(density("affine", {1, 0})).find("must be above 0"), std::string::npos);
}

}  // namespace
}  // namespace elbo::models
