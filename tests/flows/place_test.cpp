// A place of a configuration in which flows stand: one, or a chain.
#include "elbo/flows/place.h"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/chain.h"
#include "elbo/flows/data_initialization.h"
#include "elbo/flows/invert.h"
#include "elbo/settings/config.h"
#include "elbo/settings/error.h"
#include "tests/support/arrays.h"
#include "tests/support/random.h"
#include "tests/support/settings_variations.h"

namespace elbo::flows {
namespace {

using prob::AnyTransform;
using prob::FastDirection;
using testing_support::disturb;
using testing_support::largest_difference;
using testing_support::normal_array;
using testing_support::values_of;

const std::vector<Option>& prior_with_a_flow() {
  static const std::vector<Option> options{Group{
      .key = "prior",
      .meaning = "of the test",
      .options = {flow_part({.key = "flow", .value = "none", .meaning = "flow of the prior", .optional = true})}}};
  return options;
}

struct Made {
  nn::Parameters parameters;
  AnyTransform flow;
};

struct Asked {
  int64_t dim = 4, context_dim = 0;
  Turn turn = Turn::kNone;
  std::optional<Support> onto = Support::kReal;  // what most places ask for
};

Made make(const std::vector<std::string>& assignments, const Asked& asked = {}) {
  const Settings settings = Settings::of(prior_with_a_flow(), assignments);
  const nn::Parameters parameters;
  return {parameters, make_flow({.scope = parameters / "flow", .dim = asked.dim, .context_dim = asked.context_dim},
                                settings.parts("prior.flow"), asked.turn, asked.onto)};
}

std::string message(const std::vector<std::string>& assignments, const Asked& asked = {}) {
  try {
    make(assignments, asked);
  } catch (const ConfigError& error) {
    return error.what();
  }
  return "no error";
}

std::vector<std::string> names_in(const nn::Parameters& parameters) {
  std::vector<std::string> names;
  for (const VariablePtr& variable : parameters.all()) names.push_back(variable->name);
  return names;
}

Tensor normal_rows(Graph& graph, const Shape& shape) {
  return graph.constant(normal_array("rows", shape));
}

TEST(FlowPlace, OneHasItsParametersAtThePlaceAndSeveralUnderNumbers) {
  EXPECT_THAT(names_in(make({"prior.flow=planar", "prior.flow.layers=2"}).parameters),
              testing::ElementsAre("flow.w", "flow.u", "flow.b"));
  EXPECT_THAT(names_in(make({"prior.flow=[\"actnorm\", \"lu-linear\", \"planar\"]"}).parameters),
              testing::ElementsAre("flow.0.loc", "flow.0.log_scale", "flow.1.lu", "flow.2.w", "flow.2.u", "flow.2.b"));
}

TEST(FlowPlace, EachElementHasSettingsOfItsOwn) {
  const Schema schema{.options = prior_with_a_flow()};
  Config config(schema);
  config.read_text(
      "[[prior.flow]]\nname = \"planar\"\nlayers = 3\n[[prior.flow]]\nname = \"maf\"\nlayers = 2\n"
      "network.hidden = [5]\ninverted = true\n",
      "test.toml");
  config.set("prior.flow.0.layers=6");
  const nn::Parameters parameters;
  const AnyTransform flow = make_flow({.scope = parameters / "flow", .dim = 3}, config->parts("prior.flow"));
  EXPECT_EQ(parameters.find("flow.0.w")->value.shape(), (Shape{6, 3}));
  EXPECT_EQ(parameters.find("flow.1.1.0.weight")->value.shape(), (Shape{5, 3}));
  EXPECT_EQ(parameters.find("flow.1.2.0.weight"), nullptr);
  EXPECT_EQ(flow.fast_direction(), FastDirection::kForward);
}

TEST(FlowPlace, EachElementIsTurnedOnItsOwn) {
  const std::vector<std::string> both{"prior.flow=[\"planar\", \"maf\"]"};
  EXPECT_EQ(make(both).flow.fast_direction(), FastDirection::kNeither);
  EXPECT_EQ(make(both, {.turn = Turn::kForward}).flow.fast_direction(), FastDirection::kForward);
  EXPECT_EQ(make(both, {.turn = Turn::kInverse}).flow.fast_direction(), FastDirection::kInverse);
  for (const Turn turn : {Turn::kForward, Turn::kInverse}) {
    const FastDirection wanted = turn == Turn::kForward ? FastDirection::kForward : FastDirection::kInverse;
    const FastDirection other = turn == Turn::kForward ? FastDirection::kInverse : FastDirection::kForward;
    for (const std::string name : {"planar", "maf"}) {
      EXPECT_EQ(make({"prior.flow=" + name}, {.turn = turn}).flow.fast_direction(), wanted);
      EXPECT_EQ(make({"prior.flow=" + name, "prior.flow.inverted=true"}, {.turn = turn}).flow.fast_direction(), other);
    }
  }
}

TEST(FlowPlace, InvertedIsTheOtherWayRound) {
  const std::vector<std::string> planar{"prior.flow=planar", "prior.flow.layers=2"};
  std::vector<std::string> turned = planar;
  turned.push_back("prior.flow.inverted=true");
  const Made as_it_is = make(planar), inverted = make(turned);
  Graph graph;
  const Tensor z = normal_rows(graph, {5, 4});
  const auto expected = as_it_is.flow.inverse(z), found = inverted.flow.forward(z);
  Interpreter check(graph);
  check.run({});
  EXPECT_EQ(values_of(check.value(found.y)), values_of(check.value(expected.y)));
  EXPECT_EQ(values_of(check.value(found.log_abs_det)), values_of(check.value(expected.log_abs_det)));
}

TEST(FlowPlace, SupportsMustMeet) {
  EXPECT_EQ(message({"prior.flow=logit"}),
            "--set prior.flow=logit: takes (0, 1), and must take what the base gives, all reals");
  EXPECT_EQ(message({"prior.flow=sigmoid"}), "--set prior.flow=sigmoid: gives (0, 1), and must give all reals here");
  EXPECT_EQ(make({"prior.flow=sigmoid"}, {.onto = std::nullopt}).flow.name(), "sigmoid");
  EXPECT_EQ(make({"prior.flow=sigmoid"}, {.onto = Support::kUnit}).flow.name(), "sigmoid");
  EXPECT_THAT(message({"prior.flow=planar"}, {.onto = Support::kUnit}), testing::HasSubstr("must give (0, 1) here"));
  EXPECT_EQ(message({"prior.flow=[\"sigmoid\", \"logit\"]"}), "no error");
  EXPECT_THAT(message({"prior.flow=[\"softplus\", \"logit\"]"}),
              testing::EndsWith("takes (0, 1), and must take what \"softplus\" before it gives, (0, ∞)"));
  EXPECT_THAT(message({"prior.flow=[\"sigmoid\", \"planar\", \"logit\"]"}),
              testing::EndsWith("takes all reals, and must take what \"sigmoid\" before it gives, (0, 1)"));
  EXPECT_EQ(message({"prior.flow=[\"sigmoid\", \"sigmoid\"]", "prior.flow.1.inverted=true"}), "no error");
  EXPECT_THAT(message({"prior.flow=[\"planar\", \"sigmoid\"]", "prior.flow.1.inverted=true"}),
              testing::HasSubstr("takes (0, 1)"));
}

TEST(FlowPlace, AContextIsReadByThoseThatCan) {
  const Made chain = make({"prior.flow=[\"actnorm\", \"planar\", \"maf\"]"}, {.context_dim = 3});
  EXPECT_EQ(chain.flow.context_dim(), 3);
  EXPECT_EQ(chain.parameters.find("flow.1.parameters.weight")->value.shape()[1], 3);
  EXPECT_EQ(message({"prior.flow=[\"actnorm\", \"lu-linear\"]"}, {.context_dim = 3}),
            "--set prior.flow=[\"actnorm\", \"lu-linear\"]: its parameters cannot be computed from a context, and here "
            "they must be");
}

TEST(FlowPlace, ExplainsWhatIsUnknown) {
  EXPECT_THAT(message({"prior.flow=planer"}), testing::HasSubstr("did you mean planar?"));
  EXPECT_THAT(message({"prior.flow=planar", "prior.flow.bins=8"}), testing::HasSubstr("bins"));
  EXPECT_THAT(message({"prior.flow=sylvester-orthogonal", "prior.flow.columns=9"}),
              testing::EndsWith("must be at most 4, the dimensions that the flow maps"));
  EXPECT_THROW(make({}), std::logic_error);
}

// What a chain's actnorms start with is found through elements of any kind, turned round or not.
TEST(FlowPlace, ActnormsInAChainAreSetByTheData) {
  const Made made = make({"prior.flow=[\"actnorm\", \"planar\", \"actnorm\", \"maf\"]", "prior.flow.1.inverted=true"},
                         {.turn = Turn::kForward});
  Array rows = normal_array("data", {200, 4});
  for (double& value : rows.values<double>()) value = 3 + 2 * value;
  EXPECT_EQ(initialize_from_data(made.flow, rows), 2);
  Graph graph;
  const Tensor z = made.flow.inverse(graph.constant(rows.cast(DType::kF32))).y;
  const Tensor centre = mean(z, {.axes = {0}}), variance = mean(square(z - centre), {.axes = {0}});
  Interpreter check(graph);
  check.run({});
  for (const double value : values_of(check.value(centre))) EXPECT_NEAR(value, 0, 1e-4);
  for (const double value : values_of(check.value(variance))) EXPECT_NEAR(value, 1, 1e-3);
}

// Batch statistics are followed in the graph that trains, wherever in the chain they stand.
TEST(FlowPlace, BatchNormInAChainFollowsTheGraph) {
  const Made made = make({"prior.flow=[\"batch-norm\", \"nice\", \"batch-norm\"]"}, {.turn = Turn::kInverse});
  Graph step(GraphMode::kTraining), evaluation;
  made.flow.inverse(step.input("x", {8, 4}));
  EXPECT_EQ(step.updates().size(), 4u);
  EXPECT_THROW(made.flow.forward(step.input("z", {8, 4})), ConfigError);
  made.flow.forward(made.flow.inverse(evaluation.input("x", {8, 4})).y);
  EXPECT_EQ(evaluation.updates().size(), 0u);
}

// Every family stands in a chain among others: there and back, and the log-determinant is the sum of the elements'.
class EveryElement : public testing::TestWithParam<const FlowFamily*> {};

TEST_P(EveryElement, IsInvertedAndAddsItsLogDeterminant) {
  const FlowFamily& family = *GetParam();
  const std::string name(family.name);
  // Reals, what the family makes of them, and reals again.
  const bool from_reals = family.base_support == Support::kReal;
  std::vector<std::string> assignments{"prior.flow=[\"affine\", \"" + name + "\", \"" + name + "\", \"lu-linear\"]",
                                       std::string("prior.flow.") + (from_reals ? "2" : "1") + ".inverted=true"};
  for (const std::string& small :
       testing_support::known_to(family, {"layers=2", "network.hidden=[6]", "network.activation=tanh"})) {
    for (const std::string element : {"1", "2"}) assignments.push_back("prior.flow." + element + "." + small);
  }
  const Settings settings = Settings::of(prior_with_a_flow(), assignments);
  for (const int64_t context_dim : {0, 3}) {
    const nn::Parameters parameters;
    const FlowSite site{.scope = parameters / "flow", .dim = 4, .context_dim = context_dim};
    const AnyTransform chain = make_flow(site, settings.parts("prior.flow"));
    disturb(parameters.all(), 0.2);
    Graph graph;
    const Tensor z = normal_rows(graph, {6, 4});
    const Tensor context = context_dim > 0 ? normal_rows(graph, {3, context_dim}) : Tensor{};
    const auto [y, log_abs_det] = chain.forward(z, context);
    const auto [back, minus_log_abs_det] = chain.inverse(y, context);
    // The same elements by hand.
    const Tensor log_abs_det_back = -minus_log_abs_det;
    Tensor at = z, total = zeros(graph, {6});
    for (size_t i = 0; i < 4; ++i) {
      const Settings& part = settings.parts("prior.flow")[i];
      FlowSite own = site;
      own.scope = site.scope / std::to_string(i);
      const auto& row = part.row<FlowFamily>();
      if (!row.takes_context) own.context_dim = 0;
      const AnyTransform element = row.build(own, part);
      const auto [next, term] = part.flag("inverted") ? element.inverse(at, context) : element.forward(at, context);
      at = next;
      total = total + term;
    }
    Interpreter check(graph);
    check.run({});
    EXPECT_EQ(largest_difference(check.value(y), check.value(at)), 0);
    EXPECT_LT(largest_difference(check.value(log_abs_det), check.value(total)), 1e-12);
    EXPECT_LT(largest_difference(check.value(back), check.value(z)), 1e-8);
    EXPECT_LT(largest_difference(check.value(log_abs_det_back), check.value(log_abs_det)), 1e-8);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, EveryElement,
                         testing::ValuesIn(flow_families().rows().begin(), flow_families().rows().end()),
                         [](const auto& row) {
                           std::string name(row.param->name);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace elbo::flows
