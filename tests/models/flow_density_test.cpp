#include "elbo/models/flow_density.h"

#include <cmath>
#include <gtest/gtest.h>
#include <map>
#include <random>

#include "elbo/engine/compile.h"
#include "elbo/engine/error.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"

namespace elbo::models {
namespace {

constexpr const char* kFlow = "real-nvp";

// Parameters away from their first values, as training leaves them.
void disturb(const nn::Parameters& parameters, uint32_t seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 0.15f);
  for (const VariablePtr& variable : parameters.trainable()) {
    for (float& value : variable->value.values<float>()) value += normal(random);
  }
}

FlowDensity plane_density(const nn::Parameters& parameters) {
  return FlowDensity(parameters, {.base = "standard-normal",
                                  .flow = kFlow,
                                  .flow_options = {.dim = 2, .layers = 4, .hidden = {16}},
                                  .mean = {10, -3},
                                  .scale = {4, 0.5}});
}

// Middles of the cells of a grid over the mean +- 8 scales.
constexpr int64_t kCells = 240;
constexpr double kArea = (64.0 / kCells) * (8.0 / kCells);
Array grid() {
  Array points(DType::kF32, {kCells * kCells, 2});
  const auto values = points.values<float>();
  size_t next = 0;
  for (int64_t row = 0; row < kCells; ++row) {
    for (int64_t column = 0; column < kCells; ++column) {
      values[next++] = static_cast<float>(10 - 32 + 64 * (static_cast<double>(column) + 0.5) / kCells);
      values[next++] = static_cast<float>(-3 - 4 + 8 * (static_cast<double>(row) + 0.5) / kCells);
    }
  }
  return points;
}

std::vector<double> densities(const FlowDensity& density, const Array& points) {
  Graph graph;
  graph.output("log_prob", density.log_prob(graph.input("x", points.shape())));
  const auto out = compile(graph).run({{"x", points}}, {});
  std::vector<double> result;
  for (const float value : out.at("log_prob").values<float>()) result.push_back(std::exp(static_cast<double>(value)));
  return result;
}

TEST(FlowDensity, IntegratesToOneInTheUnitsOfTheData) {
  const nn::Parameters parameters{{.seed = 3}};
  const FlowDensity density = plane_density(parameters);
  disturb(parameters, 1);
  double total = 0;
  for (const double p : densities(density, grid())) total += p * kArea;
  EXPECT_NEAR(total, 1, 0.01);
}

// Counts of samples in 6 x 6 blocks of the window against the integral of the density over each.
TEST(FlowDensity, SamplesAndDensityAgree) {
  const nn::Parameters parameters{{.seed = 3}};
  const FlowDensity density = plane_density(parameters);
  disturb(parameters, 1);
  constexpr int64_t kBlocks = 6, kSamples = 20'000;
  const auto block = [](double share) { return static_cast<int64_t>(std::floor(share * kBlocks)); };
  const auto index = [&](double x, double y) -> int64_t {  // -1 outside
    const int64_t column = block((x - 10 + 32) / 64), row = block((y + 3 + 4) / 8);
    return column < 0 || row < 0 || column >= kBlocks || row >= kBlocks ? -1 : row * kBlocks + column;
  };
  std::map<int64_t, double> expected, counted;
  const Array points = grid();
  const std::vector<double> p = densities(density, points);
  double outside = kSamples;
  for (size_t i = 0; i < p.size(); ++i) {
    const auto at = points.values<float>();
    expected[index(at[2 * i], at[2 * i + 1])] += p[i] * kArea * kSamples;
    outside -= p[i] * kArea * kSamples;
  }
  expected[-1] = std::max(outside, 0.0);
  Graph graph;
  graph.output("x", density.sample(graph, kSamples));
  const auto out = compile(graph).run({}, {.seed = 5});
  const auto samples = out.at("x").values<float>();
  for (size_t i = 0; i < samples.size(); i += 2) ++counted[index(samples[i], samples[i + 1])];
  // Blocks of few are put together, as Pearson's statistic asks.
  double chi_square = 0, few_expected = 0, few_counted = 0;
  int cells = 0;
  for (const auto& [cell, mean] : expected) {
    if (mean < 10) {
      few_expected += mean;
      few_counted += counted[cell];
      continue;
    }
    chi_square += (counted[cell] - mean) * (counted[cell] - mean) / mean;
    ++cells;
  }
  if (few_expected > 10) {
    chi_square += (few_counted - few_expected) * (few_counted - few_expected) / few_expected;
    ++cells;
  }
  ASSERT_GE(cells, 5);
  const double freedom = cells - 1;
  EXPECT_LT(chi_square, freedom + 5 * std::sqrt(2 * freedom)) << cells << " cells";
}

TEST(FlowDensity, StandardizationIsInTheDensity) {
  const nn::Parameters parameters{{.seed = 1}};
  const FlowDensity density(parameters, {.flow = "affine",  // starts as the identity
                                         .flow_options = {.dim = 2},
                                         .mean = {10, -3},
                                         .scale = {4, 0.5}});
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
  const FlowDensity density(
      parameters,
      {.flow = kFlow, .flow_options = {.dim = 2, .layers = 2, .hidden = {8}, .normalization = "batch-norm"}});
  Graph training, scoring;
  training.output("p", density.training_log_prob(training.input("x", {4, 2})));
  scoring.output("p", density.log_prob(scoring.input("x", {4, 2})));
  EXPECT_FALSE(training.updates().empty());
  EXPECT_TRUE(scoring.updates().empty());
}

template <typename Make>
std::string refusal(Make make) {
  try {
    make();
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "";
}

TEST(FlowDensity, RefusesWhatIsNoDensityOfItsOwn) {
  const auto density = [](const char* flow, std::vector<double> scale) {
    return [flow, scale] { FlowDensity(nn::Parameters{}, {.flow = flow, .flow_options = {.dim = 2}, .scale = scale}); };
  };
  EXPECT_EQ(refusal(density("sigmoid", {})),
            "flow sigmoid: does not map all reals onto all reals, as a density of its own must");
  EXPECT_NE(refusal(density("reversal", {})).find("there is nothing to fit"), std::string::npos);
  EXPECT_NE(refusal(density("planer", {})).find("did you mean planar?"), std::string::npos);
  EXPECT_NE(refusal(density("affine", {1})).find("has 1 values, a row has 2"), std::string::npos);
  EXPECT_NE(refusal(density("affine", {1, 0})).find("must be above 0"), std::string::npos);
}

}  // namespace
}  // namespace elbo::models
