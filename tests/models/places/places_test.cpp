// The places that distributions stand in: which families, where their parameters come from, what they are called.
#include <algorithm>
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/models/places/columns.h"
#include "elbo/models/places/free.h"
#include "elbo/models/places/heads.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/learned_distribution.h"
#include "elbo/prob/mixture_of_gaussians.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"
#include "tests/support/message.h"

namespace elbo::models {
namespace {

using testing_support::message_of;

constexpr int64_t kPlaceDim = 3, kPlaceBatch = 2, kPlaceFeatures = 5;

const std::vector<Option>& place_options() {
  static const std::vector<Option> all{
      free_part({.key = "prior", .value = "standard-normal", .meaning = "p(z)"}, is_prior),
      free_part({.key = "base", .value = "standard-normal", .meaning = "before a flow"}, is_base),
      heads_part({.key = "posterior", .value = "normal", .meaning = "q(z|x)"}),
      columns_part({.key = "likelihood", .value = "bernoulli", .meaning = "p(x|z)"}),
  };
  return all;
}

std::vector<std::string> families_of(std::string_view place) {
  for (const Option& option : place_options()) {
    if (option.key == place) return names_of(option.part->rows.rows());
  }
  return {};
}

Settings chosen(const std::string& place, const std::vector<std::string>& assignments = {}) {
  return Settings::of(place_options(), assignments).part(place);
}

std::vector<std::string> names_in(const nn::Parameters& parameters) {
  std::vector<std::string> names;
  for (const VariablePtr& variable : parameters.all()) {
    names.push_back(variable->name + " " + to_string(variable->value.shape()));
  }
  return names;
}

std::vector<double> doubles_of(const Array& array) {
  const auto values = array.values<double>();
  return {values.begin(), values.end()};
}

// Some numbers, so that nothing is where it began.
void move_all(const nn::Parameters& parameters) {
  float at = 0;
  for (const VariablePtr& variable : parameters.all()) {
    for (float& value : variable->value.values<float>()) value = 0.5f * std::sin(at += 1);
  }
}

Array some_rows(int64_t rows, int64_t columns, Values kind = Values::kReals) {
  Array array(DType::kF64, {rows, columns});
  double at = 0.5;
  for (double& value : array.values<double>()) value = std::cos(at += 1.25);
  if (is_whole(kind)) {
    for (double& value : array.values<double>()) value = std::floor(3 + 3 * value);
  }
  return array;
}

TEST(Places, TakeTheFamiliesThatMakeSenseThere) {
  EXPECT_THAT(families_of("prior"),
              testing::IsSupersetOf({"standard-normal", "normal", "full-normal", "low-rank-normal",
                                     "mixture-of-gaussians", "standard-student-t", "student-t"}));
  EXPECT_THAT(families_of("prior"), testing::Not(testing::Contains(testing::AnyOf("bernoulli", "uniform-box"))));
  EXPECT_THAT(families_of("base"), testing::IsSupersetOf({"uniform-box", "standard-normal", "student-t"}));
  EXPECT_THAT(families_of("base"), testing::Not(testing::Contains("bernoulli")));
  EXPECT_THAT(families_of("posterior"), testing::IsSupersetOf({"normal", "full-normal", "student-t"}));
  EXPECT_THAT(families_of("posterior"),
              testing::Not(testing::Contains(testing::AnyOf("bernoulli", "standard-normal", "uniform-box"))));
  EXPECT_THAT(families_of("likelihood"),
              testing::IsSupersetOf({"bernoulli", "continuous-bernoulli", "normal", "student-t"}));
  EXPECT_THAT(families_of("likelihood"), testing::Not(testing::Contains("standard-normal")));
  EXPECT_THAT(message_of([] { chosen("prior", {"prior=uniform-box"}); }), testing::HasSubstr("uniform-box"));
  EXPECT_THAT(message_of([] { chosen("prior", {"prior.components=3"}); }), testing::HasSubstr("prior.components"));
}

TEST(Free, NamesItsVariables) {
  const auto names = [](const std::vector<std::string>& assignments) {
    const nn::Parameters parameters;
    free_distribution(parameters / "prior", kPlaceDim, chosen("prior", assignments));
    return names_in(parameters);
  };
  EXPECT_THAT(names({}), testing::IsEmpty());
  EXPECT_THAT(names({"prior=standard-student-t"}), testing::IsEmpty());
  EXPECT_THAT(names({"prior=normal"}), testing::ElementsAre("prior.loc [3]", "prior.log_scale [3]"));
  EXPECT_THAT(names({"prior=full-normal"}),
              testing::ElementsAre("prior.loc [3]", "prior.log_scale [3]", "prior.lower [3]"));
  EXPECT_THAT(names({"prior=low-rank-normal", "prior.rank=1"}),
              testing::ElementsAre("prior.loc [3]", "prior.log_scale [3]", "prior.factor [3, 1]"));
  EXPECT_THAT(names({"prior=mixture-of-gaussians", "prior.components=4"}),
              testing::ElementsAre("prior.logits [4]", "prior.loc [4, 3]", "prior.log_scale [4, 3]"));
}

TEST(Free, BeginsStandardAndAMixtureApart) {
  Graph graph;
  const Tensor x = graph.constant(some_rows(4, kPlaceDim));
  const Tensor standard = prob::StandardNormal{kPlaceDim}.log_prob(x);
  std::map<std::string, Tensor> begun;
  for (const char* name : {"normal", "full-normal"}) {
    const nn::Parameters parameters;
    begun[name] = free_distribution(parameters, kPlaceDim, chosen("prior", {std::string("prior=") + name})).log_prob(x);
  }
  const nn::Parameters parameters;
  const auto mixture = free_distribution(parameters, kPlaceDim, chosen("prior", {"prior=mixture-of-gaussians"}));
  Interpreter check(graph);
  check.run({});
  for (const auto& [name, log_prob] : begun) {
    EXPECT_THAT(doubles_of(check.value(log_prob)),
                testing::Pointwise(testing::DoubleNear(1e-12), doubles_of(check.value(standard))));
  }
  double squares = 0;
  const auto locations = std::as_const(parameters.find("loc")->value).values<float>();
  for (const float value : locations) squares += value * value / 30;
  EXPECT_GT(squares, 0.1);
  EXPECT_LT(squares, 0.5);
}

// One value serves several graphs, and every variable gets a gradient.
class Free : public testing::TestWithParam<std::string> {};

TEST_P(Free, LearnsAllItsVariablesInEveryGraph) {
  const Settings settings = chosen("base", {"base=" + GetParam()});
  const nn::Parameters parameters{{.seed = 3}};
  const prob::Distribution d = free_distribution(parameters, kPlaceDim, settings);
  EXPECT_EQ(d.name(), GetParam());
  EXPECT_EQ(d.rows(), 0);
  EXPECT_EQ(d.event_dim(), kPlaceDim);
  move_all(parameters);
  std::vector<double> first;
  for (int graphs = 0; graphs < 2; ++graphs) {
    Graph graph;
    const Tensor log_prob = d.log_prob(graph.constant(some_rows(6, kPlaceDim)));
    for (const auto& [variable, gradient] : nn::gradients(sum(log_prob), parameters)) {
      graph.output(variable->name, gradient);
    }
    graph.output("log_prob of all", log_prob);
    const auto out = Interpreter(graph).run({});
    for (const VariablePtr& variable : parameters.all()) {
      EXPECT_THAT(doubles_of(out.at(variable->name)), testing::Each(testing::Ne(0.0))) << variable->name;
    }
    const std::vector<double> values = doubles_of(out.at("log_prob of all"));
    if (graphs == 1) {
      EXPECT_EQ(values, first);
    }
    first = values;
  }
}

INSTANTIATE_TEST_SUITE_P(Places, Free, testing::ValuesIn(families_of("base")), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Heads, AreLinearLayersAndTheScaleSaysWhatItsHeadGives) {
  const auto layers = [](const nn::Parameters& parameters, const std::string& name, Tensor h) {
    return nn::Linear(parameters / name, {.in = kPlaceFeatures, .out = kPlaceDim})(h);
  };
  struct Kind {
    std::string name, head;
    Tensor (*scale)(Tensor);
  };
  for (const Kind& kind : {Kind{"log-scale", "log_scale", [](Tensor t) { return exp(t); }},
                           Kind{"log-variance", "log_variance", [](Tensor t) { return sqrt(exp(t)); }},
                           Kind{"softplus", "raw_scale", [](Tensor t) { return log(1 + exp(t)) + 1e-6; }}}) {
    for (const bool bounded : {false, true}) {
      const nn::Parameters parameters{{.seed = 5}};
      const Settings settings = chosen(
          "posterior",
          {"posterior.scale=" + kind.name, std::string("posterior.head_activation=") + (bounded ? "tanh" : "none")});
      const Heads heads(parameters, kPlaceFeatures, kPlaceDim, settings, nn::init::pytorch_linear());
      EXPECT_THAT(names_in(parameters), testing::ElementsAre("loc.weight [3, 5]", "loc.bias [3]",
                                                             kind.head + ".weight [3, 5]", kind.head + ".bias [3]"));
      Graph graph;
      const Tensor h = graph.constant(some_rows(kPlaceBatch, kPlaceFeatures)),
                   z = graph.constant(some_rows(4, kPlaceDim));
      const auto activation = [&](Tensor x) { return bounded ? tanh(x) : x; };
      const prob::Normal expected{.loc = activation(layers(parameters, "loc", h)),
                                  .scale = kind.scale(activation(layers(parameters, kind.head, h)))};
      graph.output("expected", expected.log_prob(z));
      graph.output("log_prob", heads(h).log_prob(z));
      const auto out = Interpreter(graph).run({});
      EXPECT_THAT(doubles_of(out.at("log_prob")),
                  testing::Pointwise(testing::DoubleNear(1e-9), doubles_of(out.at("expected"))));
    }
  }
}

// As the noise of an example's code is a density of its own, each parameter must be reached by draws.
class HeadsOf : public testing::TestWithParam<std::string> {};

TEST_P(HeadsOf, AreAllReachedThroughDraws) {
  const Settings settings = chosen("posterior", {"posterior=" + GetParam()});
  const nn::Parameters parameters{{.seed = 6}};
  const Heads heads(parameters, kPlaceFeatures, kPlaceDim, settings, nn::init::pytorch_linear());
  Graph graph;
  const prob::Distribution q = heads(graph.constant(some_rows(kPlaceBatch, kPlaceFeatures)));
  EXPECT_EQ(q.rows(), kPlaceBatch);
  EXPECT_EQ(q.event_dim(), kPlaceDim);
  const Tensor z = q.sample(graph, 4 * kPlaceBatch);
  for (const auto& [variable, gradient] : nn::gradients(sum(square(z)), parameters)) {
    graph.output(variable->name, gradient);
  }
  const auto out = Interpreter(graph).run({}, {.seed = 2});
  for (const VariablePtr& variable : parameters.all()) {
    EXPECT_THAT(doubles_of(out.at(variable->name)), testing::Each(testing::Ne(0.0))) << variable->name;
  }
}

INSTANTIATE_TEST_SUITE_P(Places, HeadsOf, testing::ValuesIn(families_of("posterior")), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Heads, OfAFullNormalBeginCloseToIndependentDimensions) {
  const nn::Parameters parameters{{.seed = 7}};
  const Settings settings = chosen("posterior", {"posterior=full-normal"});
  const Heads heads(parameters, kPlaceFeatures, kPlaceDim, settings, nn::init::pytorch_linear());
  EXPECT_THAT(names_in(parameters), testing::IsSupersetOf({"lower.weight [3, 5]", "lower.bias [3]"}));
  Graph graph;
  const prob::Distribution q = heads(graph.constant(some_rows(1, kPlaceFeatures)));
  graph.output("factor", q.get_if<prob::FullNormal>()->factor());
  const std::vector<double> factor = doubles_of(Interpreter(graph).run({}).at("factor"));
  for (size_t i = 0; i < 3; ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_LT(std::abs(factor[3 * i + j]), 0.05 * factor[3 * i + i]);
  }
}

TEST(Columns, CountWhatTheDecoderGives) {
  const auto count = [](const std::vector<std::string>& assignments) {
    return Columns(nn::Parameters{}, kPlaceDim, chosen("likelihood", assignments)).count();
  };
  EXPECT_EQ(count({}), 3);
  EXPECT_EQ(count({"likelihood=continuous-bernoulli"}), 3);
  EXPECT_EQ(count({"likelihood=normal"}), 6);
  EXPECT_EQ(count({"likelihood=student-t", "likelihood.scale_from=shared"}), 3);
  EXPECT_EQ(count({"likelihood=normal", "likelihood.scale_from=columns"}), 3);
  EXPECT_EQ(count({"likelihood=normal", "likelihood.scale_from=constant"}), 3);
  EXPECT_EQ(count({"likelihood=mixture-of-gaussians", "likelihood.components=2"}), 2 + 2 * 6);
}

TEST(Columns, ScalesComeFromWhereTheSettingSays) {
  struct Case {
    std::string from;
    std::vector<std::string> more;
    std::vector<std::string> parameters;
  };
  for (const Case& c :
       {Case{"decoder", {"likelihood.scale=softplus"}, {}},
        Case{"columns", {"likelihood.scale=log-variance"}, {"p.log_variance [3]"}},
        Case{"shared", {}, {"p.log_scale [1]"}}, Case{"constant", {"likelihood.scale_value=0.25"}, {}}}) {
    std::vector<std::string> assignments{"likelihood=normal", "likelihood.scale_from=" + c.from};
    assignments.insert(assignments.end(), c.more.begin(), c.more.end());
    const Settings settings = chosen("likelihood", assignments);
    const nn::Parameters parameters;
    const Columns columns(parameters / "p", kPlaceDim, settings);
    EXPECT_EQ(names_in(parameters), c.parameters) << c.from;
    move_all(parameters);
    Graph graph;
    const Tensor given = graph.constant(some_rows(kPlaceBatch, columns.count()));
    const Tensor x = graph.constant(some_rows(2 * kPlaceBatch, kPlaceDim));
    const Tensor loc = slice(given, {.axis = 1, .start = 0, .stop = kPlaceDim});
    const auto bounded = [](Tensor log_scale) { return exp(7 * tanh(log_scale / 7)); };
    Tensor scale = graph.constant(0.25);
    if (c.from == "decoder") {
      scale = softplus(slice(given, {.axis = 1, .start = kPlaceDim, .stop = 2 * kPlaceDim})) + std::exp(-7.0);
    }
    if (c.from == "columns") scale = bounded(graph.variable(parameters.find("p.log_variance")) / 2);
    if (c.from == "shared") scale = bounded(graph.variable(parameters.find("p.log_scale")));
    graph.output("expected", prob::Normal{.loc = loc, .scale = scale}.log_prob(x));
    const prob::Distribution d = columns(given);
    EXPECT_EQ(d.rows(), kPlaceBatch);
    graph.output("log_prob", d.log_prob(x));
    EXPECT_EQ(d.sample(graph, 4).shape(), (Shape{4, kPlaceDim}));
    const auto out = Interpreter(graph).run({});
    EXPECT_THAT(doubles_of(out.at("log_prob")),
                testing::Pointwise(testing::DoubleNear(1e-9), doubles_of(out.at("expected"))))
        << c.from;
  }
}

// Numbers from -1e4 to 1e4: scales stay within the bound, and what is bounded is 1 with slope 1 (or 1/2) at 0.
TEST(Columns, LogarithmsOfLearnedScalesStayWithinTheirBound) {
  for (const auto& [kind, upper] :
       {std::pair{"log-scale", std::exp(2.0)}, {"log-variance", std::exp(2.0)}, {"softplus", 1e4 + std::exp(-2.0)}}) {
    const Settings settings = chosen(
        "likelihood", {"likelihood=normal", "likelihood.log_scale_bound=2", std::string("likelihood.scale=") + kind});
    const Columns columns(nn::Parameters{}, 1, settings);
    Graph graph;
    const prob::Distribution d = columns(graph.input("columns", {5, 2}));
    graph.output("scale", d.get_if<prob::Normal>()->scale);
    const auto given = Array::of<double>({5, 2}, {0, -1e4, 0, -1, 0, 0, 0, 1, 0, 1e4});
    const std::vector<double> scale = doubles_of(Interpreter(graph).run({{"columns", given}}).at("scale"));
    EXPECT_NEAR(scale[0], std::exp(-2.0), 1e-12) << kind;
    EXPECT_NEAR(scale[4], upper, 1e-8) << kind;
    EXPECT_TRUE(std::is_sorted(scale.begin(), scale.end())) << kind;
    EXPECT_NEAR(scale[2], kind == std::string("softplus") ? std::log(2.0) + std::exp(-2.0) : 1, 1e-12) << kind;
  }
  const Settings none = chosen("likelihood", {"likelihood=normal", "likelihood.log_scale_bound=0"});
  Graph graph;
  const prob::Distribution d = Columns(nn::Parameters{}, 1, none)(graph.input("columns", {1, 2}));
  graph.output("scale", d.get_if<prob::Normal>()->scale);
  const auto given = Array::of<double>({1, 2}, {0, 20});
  EXPECT_NEAR(doubles_of(Interpreter(graph).run({{"columns", given}}).at("scale"))[0], std::exp(20.0), 1e-3);
}

class ColumnsOf : public testing::TestWithParam<std::string> {};

// Every family, its scale from everywhere it can come from: all columns and all variables count.
TEST_P(ColumnsOf, AllCount) {
  bool has_scale = false;
  const Settings plain = chosen("likelihood", {"likelihood=" + GetParam()});
  const Values values = plain.row<prob::DistributionFamily>().values;
  for (const auto& spec : plain.row<prob::DistributionFamily>().parameters(kPlaceDim, plain)) {
    has_scale = has_scale || spec.role == prob::Role::kScale;
  }
  for (const char* from : {"decoder", "columns", "shared", "constant", "optimal"}) {
    if (!has_scale && from != std::string("decoder")) continue;
    if (GetParam() != "normal" && from == std::string("optimal")) continue;
    const Settings settings =
        chosen("likelihood", {"likelihood=" + GetParam(), std::string("likelihood.scale_from=") + from});
    const nn::Parameters parameters;
    const Columns columns(parameters / "p", kPlaceDim, settings);
    move_all(parameters);
    Graph graph;
    const Tensor given = graph.input("columns", {kPlaceBatch, columns.count()});
    const prob::Distribution d = columns(given);
    EXPECT_EQ(d.event_dim(), kPlaceDim);
    // An odd number of values for each row: the slopes of a peak, which are all alike, cannot add up to 0.
    const Tensor log_prob = d.log_prob(graph.constant(some_rows(5 * kPlaceBatch, kPlaceDim, values)));
    graph.output("by columns", gradients(sum(log_prob), {given})[0]);
    for (const auto& [variable, gradient] : nn::gradients(sum(log_prob), parameters)) {
      graph.output(variable->name, gradient);
    }
    const auto out = Interpreter(graph).run({{"columns", some_rows(kPlaceBatch, columns.count())}});
    for (const auto& [name, gradient] : out) {
      EXPECT_THAT(doubles_of(gradient), testing::Each(testing::Ne(0.0))) << from << " " << name;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Places, ColumnsOf, testing::ValuesIn(families_of("likelihood")), [](const auto& row) {
  std::string name = row.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(Columns, RefuseWhatNothingReads) {
  const auto build = [](const std::vector<std::string>& assignments) {
    return message_of([&] { Columns(nn::Parameters{}, kPlaceDim, chosen("likelihood", assignments)); });
  };
  EXPECT_THAT(build({"likelihood.scale_from=shared"}),
              testing::EndsWith("must be left out: distribution \"bernoulli\" has no scale"));
  EXPECT_THAT(build({"likelihood.scale=softplus"}),
              testing::EndsWith("must be left out: distribution \"bernoulli\" has no scale"));
  Columns(nn::Parameters{}, kPlaceDim, chosen("likelihood", {"likelihood.scale_from=decoder"}));
  EXPECT_THAT(build({"likelihood=normal", "likelihood.scale_value=0.5"}), testing::HasSubstr("likelihood.scale_value"));
  EXPECT_THAT(build({"likelihood=normal", "likelihood.scale_from=constant", "likelihood.scale=softplus"}),
              testing::EndsWith("gives the scale itself"));
  Graph graph;
  const Columns columns(nn::Parameters{}, kPlaceDim, chosen("likelihood"));
  EXPECT_EQ(message_of([&] {
              columns(graph.input("x", {2, 4}));
            }),
            "likelihood: columns [2, 4], rows of 3 are required");
}

}  // namespace
}  // namespace elbo::models
