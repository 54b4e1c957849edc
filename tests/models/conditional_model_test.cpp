// A density given other columns: that it is one for every context, draws and their density, and what it comes to where
// the true conditional is known.
#include "elbo/models/conditional_model.h"

#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/compile.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"
#include "tests/models/built.h"
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using namespace testing_support;

ConditionalModel built_conditional(int64_t dim, int64_t context_dim, std::vector<std::string> assignments,
                                   const nn::Parameters& parameters = nn::Parameters{}) {
  assignments.insert(assignments.begin(), "model=conditional");
  ModelSite site = site_of(dim, parameters);
  site.columns.push_back({.name = "context", .dim = context_dim});
  return {site, model_settings(assignments)};
}

void move_off(const nn::Parameters& parameters) {
  int i = 0;
  for (const VariablePtr& variable : parameters.all()) {
    for (float& value : variable->value.values<float>()) value += 0.05f * std::sin(static_cast<float>(++i));
  }
}

class ConditionalBy : public testing::TestWithParam<std::vector<std::string>> {};

// Over a square that holds nearly all of it, by the midpoint rule.
TEST_P(ConditionalBy, IsADensityForEveryContext) {
  const nn::Parameters parameters;
  const ConditionalModel model = built_conditional(2, 3, GetParam(), parameters);
  move_off(parameters);
  constexpr int64_t kSide = 90;
  constexpr int64_t kMiddle = kSide * kSide / 2 + kSide / 2;
  constexpr double kReach = 8, kStep = 2 * kReach / kSide;
  std::vector<double> points;
  for (int64_t i = 0; i < kSide; ++i) {
    for (int64_t j = 0; j < kSide; ++j) {
      points.push_back(-kReach + (static_cast<double>(i) + 0.5) * kStep);
      points.push_back(-kReach + (static_cast<double>(j) + 0.5) * kStep);
    }
  }
  double first = 0;
  for (const std::vector<double>& c : {std::vector<double>{0, 0, 0}, {1, -2, 0.5}, {-3, 1, 2}}) {
    Graph graph;
    const Tensor x = graph.constant(Array::of<double>({kSide * kSide, 2}, points));
    const Tensor context = repeat_rows(graph.constant(Array::of<double>({1, 3}, c)), kSide * kSide);
    const Tensor density = exp(model.log_prob({{"x", x}, {"context", context}}));
    graph.output("mass", sum(density) * (kStep * kStep));
    graph.output("at", slice(density, {.axis = 0, .start = kMiddle, .stop = kMiddle + 1}));
    const auto out = Interpreter(graph).run({});
    EXPECT_NEAR(values_of(out.at("mass"))[0], 1, 1e-3);
    const double at = values_of(out.at("at"))[0];
    EXPECT_NE(at, first) << "the context makes no difference";
    first = at;
  }
}

TEST_P(ConditionalBy, DrawsHaveTheDensityTheyComeWith) {
  const nn::Parameters parameters;
  const ConditionalModel model = built_conditional(2, 3, GetParam(), parameters);
  move_off(parameters);
  Graph graph;
  const Tensor context = graph.constant(waves({50, 3}, 0.7));
  const auto [x, log_prob] = model.draw_given(context);
  graph.output("difference", log_prob - model.log_prob({{"x", x}, {"context", context}}));
  EXPECT_THAT(values_of(Interpreter(graph).run({}).at("difference")), testing::Each(testing::DoubleNear(0, 1e-6)));
}

INSTANTIATE_TEST_SUITE_P(Models, ConditionalBy,
                         testing::Values(std::vector<std::string>{"flow=maf"},
                                         std::vector<std::string>{"flow=nsf-coupling", "flow.bound=9"},
                                         std::vector<std::string>{"flow=[\"permutation\", \"real-nvp\"]", "summary=mlp",
                                                                  "summary.hidden=[8, 4]"}));

// x = 2 c + ½ e: mean, deviation and log-likelihood of the conditional are known.
TEST(Conditional, ComesToTheTrueConditional) {
  constexpr int64_t kRows = 2000;
  constexpr double kDeviation = 0.5;
  Graph noise;
  noise.output("c", random_normal(noise, {kRows, 1}));
  noise.output("e", random_normal(noise, {kRows, 1}));
  const auto drawn = Interpreter(noise).run({}, {.seed = 4});
  std::vector<double> x, c = values_of(drawn.at("c"));
  const std::vector<double> e = values_of(drawn.at("e"));
  double best = 0;  // the mean of -log p(x | c) by the true one
  for (size_t i = 0; i < c.size(); ++i) {
    x.push_back(2 * c[i] + kDeviation * e[i]);
    best += (0.5 * e[i] * e[i] + std::log(kDeviation) + 0.5 * std::log(2 * std::acos(-1.0))) / kRows;
  }
  const nn::Parameters parameters;
  const ConditionalModel model =
      built_conditional(1, 1, {"flow=affine", "summary=mlp", "summary.hidden=[]"}, parameters);
  Graph step(GraphMode::kTraining);
  const Batch batch{{"x", step.constant(Array::of<double>({kRows, 1}, x).cast(DType::kF32))},
                    {"context", step.constant(Array::of<double>({kRows, 1}, c).cast(DType::kF32))}};
  const Tensor loss = mean(model.terms(step, batch, kRows).loss);
  step.output("loss", loss);
  const Settings adam = Settings::of(view_of(train::optimizers().find("adam")), {"learning_rate=0.05"});
  step.update(train::apply_optimizer(adam, {.steps = 400}, nn::gradients(loss, parameters)));
  const Executable trained = compile(step, {.threads = 1});
  for (uint64_t i = 0; i < 400; ++i) trained.run({.seed = 1, .step = i});
  // Three numbers are fitted, each of which gains about half a nat over all rows.
  EXPECT_NEAR(static_cast<double>(trained.output("loss").values<float>()[0]), best, 6.0 / kRows);

  constexpr int64_t kDraws = 4000;
  for (const double given : {1.5, -1.0}) {
    Graph graph;
    const Tensor context = repeat_rows(graph.constant(Array::of<double>({1, 1}, {given})), kDraws);
    graph.output("x", model.draw_given(context).value);
    const Estimate found = estimate(values_of(Interpreter(graph).run({}).at("x")));
    EXPECT_NEAR(found.mean, 2 * given, 4 * found.standard_error + 4 * kDeviation / std::sqrt(kRows));
    EXPECT_NEAR(found.standard_error * std::sqrt(kDraws), kDeviation, 4 * kDeviation / std::sqrt(2 * kRows));
  }
}

TEST(Conditional, NeedsAFlowThatReadsWhatIsGiven) {
  EXPECT_THAT(message_of<ConfigError>([] { built_conditional(2, 1, {"flow=lu-linear"}); }),
              testing::HasSubstr("cannot be computed from a context"));
  EXPECT_THAT(message_of<DataError>([] {
                const ConditionalModel model(site_of(2, nn::Parameters{}), model_settings({"model=conditional"}));
              }),
              testing::HasSubstr("no column \"context\""));
}

}  // namespace
}  // namespace elbo::models
