// What holds for every distribution: the families of the registry join by themselves, other ones by a line in the list.
#include <cmath>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/continuous_bernoulli.h"
#include "elbo/prob/family.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/kl.h"
#include "elbo/prob/laplace.h"
#include "elbo/prob/learned_distribution.h"
#include "elbo/prob/low_rank_normal.h"
#include "elbo/prob/mixture_of_gaussians.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/student_t.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/prob/uniform_box.h"
#include "tests/prob/generated.h"
#include "tests/prob/testing.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

constexpr int64_t kBatch = 3, kDim = 2, kSamples = 6000;

// z -> sinh(z), element-wise.
class Sinh final : public Transform {
 public:
  std::string_view name() const override { return "sinh"; }
  int64_t dim() const override { return kDim; }
  FastDirection fast_direction() const override { return FastDirection::kBoth; }
  TransformResult forward(Tensor z, Tensor /*context*/) const override {
    return {0.5 * (exp(z) - exp(-z)), sum(log(0.5 * (exp(z) + exp(-z))), {.axes = {-1}})};
  }
  TransformResult inverse(Tensor y, Tensor /*context*/) const override {
    const Tensor root = sqrt(1 + square(y));
    return {log(y + root), -sum(log(root), {.axes = {-1}})};
  }
};

Tensor rows_of(Graph& graph, const std::vector<double>& values) {
  return graph.constant(array_of({kBatch, kDim}, values));
}
Tensor some_loc(Graph& graph) {
  return rows_of(graph, {0.5, -1, 0, 2, -0.3, 0.1});
}
Tensor some_scale(Graph& graph) {
  return rows_of(graph, {0.5, 1.2, 1, 0.1, 0.7, 2});
}

Tensor some_lower(Graph& graph) {
  return graph.constant(array_of({kBatch, kDim, kDim}, {9, 9, 0.7, 9, 9, 9, -1.5, 9, 9, 9, 0.2, 9}));
}
Distribution some_full_normal(Graph& graph) {
  return FullNormal{.loc = some_loc(graph), .log_diagonal = log(some_scale(graph)), .lower = some_lower(graph)};
}
Distribution shared_full_normal(Graph& graph) {
  return FullNormal{.loc = some_loc(graph),
                    .log_diagonal = graph.constant(array_of({1, kDim}, {-0.5, 0.3})),
                    .lower = graph.constant(array_of({1, kDim, kDim}, {0, 0, 0.7, 0}))};
}
Distribution some_mixture(Graph& graph) {
  return MixtureOfGaussians{
      .logits = rows_of(graph, {0, 0.5, -1, 1, 0, -40}),
      .loc = graph.constant(array_of({kBatch, 2, kDim}, {0.5, -1, 0.3, 0, 1, 1, -0.2, 0.5, 0, 0, 9, 9})),
      .log_scale = graph.constant(array_of({kBatch, 1, kDim}, {-0.5, 0, 0.2, 0.1, -1, 0.3}))};
}

struct Case {
  std::string name;
  std::function<Distribution(Graph&)> make;
  double width = 0.05;  // below the distribution's own
  // A near one that it covers; none: a narrow normal.
  std::function<Distribution(Graph&)> other{};
};

void PrintTo(const Case& row, std::ostream* stream) {
  *stream << row.name;
}

const std::vector<Case> kCases{
    {"Normal", [](Graph& g) { return Normal{.loc = some_loc(g), .scale = some_scale(g)}; }},
    {"NormalByLog", [](Graph& g) { return Normal{.loc = some_loc(g), .log_scale = log(some_scale(g))}; }},
    {"StandardNormal", [](Graph&) { return StandardNormal{kDim}; }},
    {"Bernoulli", [](Graph& g) { return Bernoulli{.logits = some_loc(g)}; }},
    {"Transformed",
     [](Graph& g) {
       return TransformedDistribution{.base = Normal{.loc = some_loc(g), .scale = 0.4 * some_scale(g)},
                                      .transform = Sinh{}};
     }},
    {"FullNormal", some_full_normal},
    {"FullNormalOneFactor", shared_full_normal},
    {"MixtureOfGaussians", some_mixture},
    {"UniformBox",
     [](Graph&) {
       return UniformBox{.low = {-0.5, 1}, .high = {0.5, 3}};
     }},
    {"StudentT", [](Graph& g) { return StudentT{.loc = some_loc(g), .log_scale = log(some_scale(g)), .degrees = 5}; }},
    {"StandardStudentT", [](Graph&) { return StandardStudentT{.dim = kDim, .degrees = 3.5}; }},
    {"Learned",
     [](Graph&) {
       const VariablePtr loc = make_variable("loc", Array::of<float>({1, kDim}, {0.5, -1}));
       return LearnedDistribution{.dim = kDim, .label = "learned", .build = [loc](Graph& g) -> Distribution {
                                    return Normal{.loc = g.variable(loc), .scale = g.constant(0.5)};
                                  }};
     }},
    {"LowRankNormalOneFactor",
     [](Graph& g) {
       return LowRankNormal{.loc = some_loc(g),
                            .log_scale = g.constant(array_of({1, kDim}, {-0.5, 0.3})),
                            .factor = g.constant(array_of({1, kDim, 1}, {1.5, -0.5}))};
     }},
    {"ContinuousBernoulliNearHalf",
     [](Graph& g) {
       return ContinuousBernoulli{.logits = rows_of(g, {0, 1e-6, -1e-3, 0.05, -0.4, 0.6})};
     }},
    {"ContinuousBernoulliFarOut",
     [](Graph& g) {
       return ContinuousBernoulli{.logits = rows_of(g, {-100, 100, 12, -12, -30, 3})};
     }},
};

std::vector<Case> all_cases() {
  std::vector<Case> cases = kCases;
  for (const DistributionFamily* family : families().rows()) {
    const Generated g = generated(*family, kDim, kBatch);
    cases.push_back({"Family" + test_name(family->name), [g](Graph& graph) { return g.constant(graph); }, 0.3});
    if (is_whole(family->values)) {
      cases.back().other = [other = g.narrower()](Graph& graph) { return other.constant(graph); };
    }
  }
  return cases;
}

class EveryDistribution : public testing::TestWithParam<Case> {};

TEST_P(EveryDistribution, ScoresItsSamplesAsLogProbDoes) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  EXPECT_EQ(d.event_dim(), kDim);
  EXPECT_TRUE(d.rows() == kBatch || d.rows() == 0);
  const auto [value, log_prob] = d.sample_and_log_prob(graph, 4 * kBatch);
  EXPECT_EQ(value.shape(), (Shape{4 * kBatch, kDim}));
  EXPECT_EQ(log_prob.shape(), Shape{4 * kBatch});
  const Tensor again = d.log_prob(value);
  Interpreter check(graph);
  check.run({}, {.seed = 2});
  EXPECT_THAT(values_of(check.value(log_prob)),
              testing::Pointwise(testing::DoubleNear(1e-9), values_of(check.value(again))));
}

TEST_P(EveryDistribution, SamplesHaveItsMean) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  const auto mean = d.mean(graph, kBatch);
  if (!mean) GTEST_SKIP() << "no closed form";
  const Tensor samples = d.sample(graph, kSamples * kBatch);
  Interpreter check(graph);
  check.run({}, {.seed = 3});
  const std::vector<double> expected = values_of(check.value(*mean)), drawn = values_of(check.value(samples));
  for (size_t at = 0; at < kBatch * kDim; ++at) {
    const Estimate e = estimate(column(drawn, kBatch * kDim, at));
    EXPECT_NEAR(e.mean, expected[at], 4 * e.standard_error) << at;
  }
}

// E[ p(x) / q(x) ] over q's samples is 1 for any p that q covers: holds sampler and density together, row by row.
TEST_P(EveryDistribution, DensityIsThatOfTheSamples) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  const auto [value, log_prob] = d.sample_and_log_prob(graph, kSamples * kBatch);
  // A narrow normal around the row's own center; for binary values the same Bernoulli with logits halved, for
  // those between 0 and 1 the same with other logits.
  Tensor other;
  if (GetParam().other) {
    other = GetParam().other(graph).log_prob(value);
  } else if (d.get_if<Bernoulli>() != nullptr) {
    other = Bernoulli{.logits = 0.5 * d.get_if<Bernoulli>()->logits}.log_prob(value);
  } else if (const auto* continuous = d.get_if<ContinuousBernoulli>(); continuous != nullptr) {
    other = ContinuousBernoulli{.logits = continuous->logits + 0.5}.log_prob(value);
  } else {
    other = Normal{.loc = d.center(graph, kBatch), .scale = graph.constant(GetParam().width)}.log_prob(value);
  }
  const Tensor ratios = exp(other - log_prob);
  Interpreter check(graph);
  check.run({}, {.seed = 4});
  const std::vector<double> all = values_of(check.value(ratios));
  for (size_t row = 0; row < kBatch; ++row) {
    const Estimate e = estimate(column(all, kBatch, row));
    EXPECT_NEAR(e.mean, 1, 4 * e.standard_error) << row;
    EXPECT_LT(e.standard_error, 0.25) << row;
  }
}

TEST_P(EveryDistribution, EntropyIsTheMeanOfMinusLogProb) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  const auto entropy = d.entropy(graph, kBatch);
  if (!entropy) GTEST_SKIP() << "no closed form";
  EXPECT_EQ(entropy->shape(), Shape{kBatch});
  const Tensor log_prob = d.sample_and_log_prob(graph, kSamples * kBatch).log_prob;
  Interpreter check(graph);
  check.run({}, {.seed = 5});
  const std::vector<double> expected = values_of(check.value(*entropy));
  for (size_t row = 0; row < kBatch; ++row) {
    const Estimate e = estimate(column(values_of(check.value(log_prob)), kBatch, row));
    EXPECT_NEAR(-e.mean, expected[row], 4 * e.standard_error + 1e-10) << row;
  }
}

TEST_P(EveryDistribution, TermsAddUpToTheLogProb) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  const Tensor value = d.sample(graph, 2 * kBatch);
  const auto terms = d.log_prob_terms(value);
  if (!terms) GTEST_SKIP() << "does not factorise";
  ASSERT_EQ(terms->shape(), (Shape{2 * kBatch, kDim}));
  const Tensor added = sum(*terms, {.axes = {1}}), log_prob = d.log_prob(value);
  Interpreter check(graph);
  check.run({}, {.seed = 7});
  // The terms of a box are constants of an array, and those are f32.
  const double tolerance = d.get_if<UniformBox>() != nullptr ? 1e-7 : 1e-10;
  EXPECT_THAT(values_of(check.value(added)),
              testing::Pointwise(testing::DoubleNear(tolerance), values_of(check.value(log_prob))));
}

// The same density and gradient by the value; none by whatever the distribution is made of.
TEST_P(EveryDistribution, HeldIsTheSameDensityOfItsValueAlone) {
  Graph graph;
  const Distribution d = GetParam().make(graph);
  const int before = static_cast<int>(graph.nodes().size());
  const Tensor value = stop_gradient(d.sample(graph, 2 * kBatch));
  const Distribution fixed = held(d);
  EXPECT_EQ(fixed.rows(), d.rows());
  const Tensor own = d.log_prob(value), same = fixed.log_prob(value);
  const Tensor by_value = gradients(sum(own), {value})[0], by_value_held = gradients(sum(same), {value})[0];
  Tensors parts;
  for (int id = 0; id < before; ++id) parts.push_back(graph.tensor(id));
  for (const VariablePtr& variable : graph.variables()) parts.push_back(graph.variable(variable));
  const Tensors none = gradients(sum(same), parts);
  Interpreter check(graph);
  check.run({}, {.seed = 8});
  const auto near = [&](Tensor expected) {
    return testing::Pointwise(testing::DoubleNear(1e-9), values_of(check.value(expected)));
  };
  EXPECT_THAT(values_of(check.value(same)), near(own));
  EXPECT_THAT(values_of(check.value(by_value_held)), near(by_value));
  for (const Tensor gradient : none) EXPECT_THAT(values_of(check.value(gradient)), testing::Each(0.0));
}

INSTANTIATE_TEST_SUITE_P(Prob, EveryDistribution, testing::ValuesIn(all_cases()),
                         [](const auto& row) { return row.param.name; });

Distribution low_rank(Graph& graph) {
  return generated(families().find("low-rank-normal"), kDim, kBatch).constant(graph);
}

struct KlCase {
  std::string name;
  std::function<Distribution(Graph&)> q;
  std::function<Distribution(Graph&)> p;
};

void PrintTo(const KlCase& row, std::ostream* stream) {
  *stream << row.name;
}

const std::vector<KlCase> kKlCases{
    {"NormalStandard", kCases[0].make, kCases[2].make},
    {"NormalNormal", kCases[0].make,
     [](Graph& g) { return Normal{.loc = 0.5 * some_loc(g), .scale = 0.5 + some_scale(g)}; }},
    {"NormalOneRow", kCases[1].make,
     [](Graph& g) {
       return Normal{.loc = g.constant(array_of({1, 2}, {0.2, -0.4})), .scale = g.constant(array_of({1, 2}, {1.5, 2}))};
     }},
    {"FullNormalStandard", some_full_normal, kCases[2].make},
    {"FullNormalOneFactorStandard", shared_full_normal, kCases[2].make},
    {"FullNormalNormal", some_full_normal,
     [](Graph& g) { return Normal{.loc = 0.5 * some_loc(g), .scale = 0.5 + some_scale(g)}; }},
    {"LowRankNormalStandard", low_rank, kCases[2].make},
    {"LowRankNormalNormal", low_rank,
     [](Graph& g) { return Normal{.loc = 0.5 * some_loc(g), .scale = 0.5 + some_scale(g)}; }},
    {"LaplaceLaplace", [](Graph& g) { return Laplace{.loc = some_loc(g), .log_scale = log(some_scale(g))}; },
     [](Graph& g) { return Laplace{.loc = 0.5 * some_loc(g), .log_scale = log(0.5 + some_scale(g))}; }},
    {"Bernoulli", kCases[3].make, [](Graph& g) { return Bernoulli{.logits = 0.3 * some_scale(g)}; }},
};

class ClosedForm : public testing::TestWithParam<KlCase> {};

TEST_P(ClosedForm, KlIsTheMeanOfTheLogRatio) {
  Graph graph;
  const Distribution q = GetParam().q(graph), p = GetParam().p(graph);
  const auto kl = closed_form_kl(q, p);
  ASSERT_TRUE(kl.has_value());
  ASSERT_EQ(kl->shape(), Shape{kBatch});
  const auto [value, log_q] = q.sample_and_log_prob(graph, kSamples * kBatch);
  const Tensor ratio = log_q - p.log_prob(value);
  const auto terms = closed_form_kl_terms(q, p);
  const bool factorise = q.log_prob_terms(value).has_value() && p.log_prob_terms(value).has_value();
  EXPECT_EQ(terms.has_value(), factorise);
  const Tensor added = terms ? sum(*terms, {.axes = {1}}) : *kl;
  Interpreter check(graph);
  check.run({}, {.seed = 6});
  EXPECT_EQ(values_of(check.value(added)), values_of(check.value(*kl)));
  const std::vector<double> expected = values_of(check.value(*kl)), drawn = values_of(check.value(ratio));
  for (size_t row = 0; row < kBatch; ++row) {
    const Estimate e = estimate(column(drawn, kBatch, row));
    EXPECT_NEAR(e.mean, expected[row], 4 * e.standard_error) << row;
    EXPECT_GE(expected[row], 0);
  }
}

TEST_P(ClosedForm, KlOfADistributionWithItselfIsZero) {
  Graph graph;
  const Distribution q = GetParam().q(graph);
  const std::optional<Tensor> kl = closed_form_kl(q, q);
  if (!kl) GTEST_SKIP() << "no closed form for two of its kind";
  Interpreter check(graph);
  check.run({});
  EXPECT_THAT(values_of(check.value(*kl)), testing::Each(testing::DoubleNear(0, 1e-12)));
}

INSTANTIATE_TEST_SUITE_P(Prob, ClosedForm, testing::ValuesIn(kKlCases), [](const auto& row) { return row.param.name; });

TEST(ClosedFormKl, IsNothingForOtherPairsAndAnErrorForWrongShapes) {
  Graph graph;
  const Distribution normal = kCases[0].make(graph), transformed = kCases[4].make(graph);
  EXPECT_FALSE(closed_form_kl(transformed, StandardNormal{kDim}).has_value());
  EXPECT_FALSE(closed_form_kl(StandardNormal{kDim}, normal).has_value());
  EXPECT_EQ(message_of([&] { closed_form_kl(normal, StandardNormal{5}); }),
            "kl: normal of 2 dimensions and standard-normal of 5: they must be equal");
  const Tensor many = graph.input("many", {6, kDim});
  EXPECT_EQ(message_of([&] { closed_form_kl(normal, Normal{.loc = many, .log_scale = many}); }),
            "kl: 3 rows against 6: the second must have as many, or one");
}

}  // namespace
}  // namespace elbo::prob
