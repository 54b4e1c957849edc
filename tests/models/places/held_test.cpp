// A held posterior's gradient is the path derivative alone: how log q(z) changes as its draws z move with the
// parameters, q itself staying as it is.  Against central differences between two copies of the parameters.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <random>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/invert.h"
#include "elbo/flows/maf.h"
#include "elbo/flows/planar.h"
#include "elbo/models/places/heads.h"
#include "elbo/prob/learned_distribution.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::models {
namespace {

constexpr int64_t kHeldDim = 2, kBatch = 3, kFeatures = 4, kHeldRows = 4 * kBatch;

const std::vector<Option>& options() {
  static const std::vector<Option> all{heads_part({.key = "q", .value = "normal", .meaning = "q(z|x)"})};
  return all;
}

prob::Distribution heads(const nn::Parameters& parameters, Tensor h) {
  return Heads(parameters, kFeatures, kHeldDim, Settings::of(options()).part("q"), nn::init::pytorch_linear())(h);
}

struct HeldCase {
  std::string name;
  prob::Distribution (*posterior)(const nn::Parameters& parameters, Tensor h);  // h [batch, features]
};

void PrintTo(const HeldCase& row, std::ostream* stream) {
  *stream << row.name;
}

const HeldCase kCases[]{
    {"Normal", heads},
    {"Planar",
     [](const nn::Parameters& p, Tensor h) -> prob::Distribution {
       return prob::TransformedDistribution{.base = heads(p, h),
                                            .transform = flows::Planar{p / "flow", {.dim = kHeldDim, .layers = 3}}};
     }},
    {"AmortisedPlanar",
     [](const nn::Parameters& p, Tensor h) -> prob::Distribution {
       return prob::TransformedDistribution{
           .base = heads(p, h),
           .transform = flows::Planar{p / "flow", {.dim = kHeldDim, .layers = 2, .context_dim = kFeatures}},
           .context = h};
     }},
    {"MafTurnedRound",
     [](const nn::Parameters& p, Tensor h) -> prob::Distribution {
       const flows::Autoregressive maf{p / "flow",
                                       flows::affine_map(3),
                                       {.dim = kHeldDim,
                                        .layers = 2,
                                        .network = nn::made({.hidden = {6}, .activation = "tanh"}),
                                        .network_sees = flows::NetworkSees::kData}};
       return prob::TransformedDistribution{.base = heads(p, h), .transform = flows::Invert{maf}};
     }},
    {"Maf",
     [](const nn::Parameters& p, Tensor h) -> prob::Distribution {
       const flows::Autoregressive maf{p / "flow",
                                       flows::affine_map(3),
                                       {.dim = kHeldDim,
                                        .layers = 2,
                                        .network = nn::made({.hidden = {6}, .activation = "tanh"}),
                                        .network_sees = flows::NetworkSees::kData}};
       return prob::TransformedDistribution{.base = heads(p, h), .transform = maf};
     }},
    {"Learned",
     [](const nn::Parameters& p, Tensor /*h*/) -> prob::Distribution {
       return prob::LearnedDistribution{
           .dim = kHeldDim,
           .label = "learned",
           .build = [loc = p.get("loc", {.shape = {1, kHeldDim}}),
                     flow = flows::Planar{p / "flow", {.dim = kHeldDim}}](Graph& graph) -> prob::Distribution {
             return prob::TransformedDistribution{
                 .base = prob::Normal{.loc = graph.variable(loc), .scale = graph.constant(0.5)}, .transform = flow};
           }};
     }},
};

Tensor features(Graph& graph) {
  std::vector<float> values;
  for (int i = 0; i < kBatch * kFeatures; ++i) values.push_back(std::sin(1.5f * static_cast<float>(i)));
  return graph.constant(Array::of<float>({kBatch, kFeatures}, values));
}

// Off the values that a model begins with, where a flow is next to nothing.
nn::Parameters moved(const HeldCase& row) {
  const nn::Parameters parameters{{.seed = 4}};
  Graph graph;
  row.posterior(parameters, features(graph)).sample(graph, kBatch);
  std::mt19937 random(9);
  std::normal_distribution<float> normal;
  for (const VariablePtr& variable : parameters.all()) {
    for (float& value : variable->value.values<float>()) value += 0.3f * normal(random);
  }
  return parameters;
}

// A number that depends on the densities of all rows.
Tensor weighted(Tensor log_prob) {
  std::vector<float> weights;
  for (int i = 0; i < kHeldRows; ++i) weights.push_back(0.5f + 0.25f * static_cast<float>(i % 5));
  return sum(log_prob * log_prob.graph().constant(Array::of<float>({kHeldRows}, weights)));
}

std::vector<double> values_of(const Array& array) {
  const auto values = array.values<double>();
  return {values.begin(), values.end()};
}

class Held : public testing::TestWithParam<HeldCase> {};

TEST_P(Held, GradientIsThatOfThePath) {
  const nn::Parameters drawing = moved(GetParam()), scoring = moved(GetParam());
  Graph graph, difference;
  const prob::Distribution q = GetParam().posterior(drawing, features(graph));
  const Tensor z = q.sample(graph, kHeldRows);
  const auto path = nn::gradients(weighted(prob::held(q).log_prob(z)), drawing);
  const auto whole = nn::gradients(weighted(q.log_prob(z)), drawing);
  for (size_t i = 0; i < path.size(); ++i) {
    graph.output("path " + std::to_string(i), path[i].gradient);
    graph.output("whole " + std::to_string(i), whole[i].gradient);
  }
  const auto out = Interpreter(graph).run({}, {.seed = 6});

  const Tensor moving = GetParam().posterior(drawing, features(difference)).sample(difference, kHeldRows);
  difference.output("loss", weighted(GetParam().posterior(scoring, features(difference)).log_prob(moving)));
  std::mt19937 random(5);
  std::normal_distribution<double> normal;
  constexpr double kStep = 1e-5;
  std::map<const Variable*, std::vector<double>> along;
  double by_path = 0, by_whole = 0;
  for (size_t i = 0; i < path.size(); ++i) {
    const std::vector<double> of_path = values_of(out.at("path " + std::to_string(i)));
    const std::vector<double> of_whole = values_of(out.at("whole " + std::to_string(i)));
    for (size_t k = 0; k < of_path.size(); ++k) {
      const double direction = normal(random);
      along[path[i].variable.get()].push_back(direction);
      by_path += of_path[k] * direction;
      by_whole += of_whole[k] * direction;
    }
  }
  const auto loss = [&](double step) {
    Interpreter run(difference);
    for (const auto& [variable, direction] : along) {
      std::vector<double> values = run.variable(variable);
      for (size_t k = 0; k < values.size(); ++k) values[k] += step * direction[k];
      run.set_variable(variable, values);
    }
    return values_of(run.run({}, {.seed = 6}).at("loss"))[0];
  };
  const double expected = (loss(kStep) - loss(-kStep)) / (2 * kStep);
  EXPECT_NEAR(by_path, expected, 1e-6 * (1 + std::abs(expected)));
  EXPECT_GT(std::abs(by_whole - expected), 1e-2) << "the score is not told apart from the path";
}

INSTANTIATE_TEST_SUITE_P(Models, Held, testing::ValuesIn(kCases), [](const auto& row) { return row.param.name; });

}  // namespace
}  // namespace elbo::models
