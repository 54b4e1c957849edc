// What holds for every family of the registry: a new row is tested the moment it exists, and must have its formula
// here.
#include <cmath>
#include <functional>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <numbers>

#include "elbo/engine/compile.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/ops.h"
#include "elbo/prob/family.h"
#include "tests/prob/generated.h"

namespace elbo::prob {
namespace {

using namespace testing_support;

using Numbers = std::vector<double>;
using Row = std::map<std::string, Numbers>;
using Matrix = std::vector<Numbers>;

// -½ (x - m)ᵀ C⁻¹ (x - m) - ½ log det 2πC, by elimination of the plain covariance.
double gaussian(const Numbers& x, const Numbers& mean, Matrix covariance) {
  const size_t dim = x.size();
  Numbers away(dim);
  for (size_t d = 0; d < dim; ++d) away[d] = x[d] - mean[d];
  double total = 0;
  for (size_t k = 0; k < dim; ++k) {
    const double pivot = covariance[k][k];
    total -= 0.5 * (away[k] * away[k] / pivot + std::log(2 * std::numbers::pi * pivot));
    for (size_t i = k + 1; i < dim; ++i) {
      const double factor = covariance[i][k] / pivot;
      for (size_t j = k; j < dim; ++j) covariance[i][j] -= factor * covariance[k][j];
      away[i] -= factor * away[k];
    }
  }
  return total;
}

// B Bᵀ
Matrix times_transposed(const Matrix& b) {
  Matrix product(b.size(), Numbers(b.size(), 0));
  for (size_t i = 0; i < b.size(); ++i) {
    for (size_t j = 0; j < b.size(); ++j) {
      for (size_t k = 0; k < b[i].size(); ++k) product[i][j] += b[i][k] * b[j][k];
    }
  }
  return product;
}

double normal(double x, double loc, double scale) {
  return std::exp(-0.5 * std::pow((x - loc) / scale, 2)) / (scale * std::sqrt(2 * std::numbers::pi));
}

double log_student_t(double x, double loc, double scale, double nu) {
  const double e = (x - loc) / scale;
  return std::log(std::tgamma((nu + 1) / 2) / std::tgamma(nu / 2) / std::sqrt(nu * std::numbers::pi) / scale) -
         (nu + 1) / 2 * std::log(1 + e * e / nu);
}

double sum_over(const Numbers& x, const std::function<double(size_t)>& term) {
  double total = 0;
  for (size_t d = 0; d < x.size(); ++d) total += term(d);
  return total;
}

// log ∫ λ^x (1 - λ)^(1 - x) dx over [0, 1], by Simpson's rule.
double log_integral_of_coin(double lambda) {
  constexpr int kPieces = 2000;
  double total = 0;
  for (int i = 0; i <= kPieces; ++i) {
    const double x = static_cast<double>(i) / kPieces, weight = i == 0 || i == kPieces ? 1 : i % 2 == 1 ? 4 : 2;
    total += weight * std::pow(lambda, x) * std::pow(1 - lambda, 1 - x) / (3 * kPieces);
  }
  return std::log(total);
}

// Of a logistic variable's being rounded to this level.
double probability_of_level(double level, double loc, double scale, double levels) {
  const auto below = [&](double x) { return 1 / (1 + std::exp((loc - x) / scale)); };
  const double x = 2 * level / (levels - 1) - 1, half = 1 / (levels - 1);
  return (level < levels - 1 ? below(x + half) : 1) - (level > 0 ? below(x - half) : 0);
}

double probability(double logit) {
  return 1 / (1 + std::exp(-logit));
}

using Formula = std::function<double(const Numbers& x, const Row& p, const Settings& settings)>;

const std::map<std::string, Formula>& formulas() {
  static const std::map<std::string, Formula> all{
      {"standard-normal",
       [](const Numbers& x, const Row&, const Settings&) {
         return sum_over(x, [&](size_t d) { return std::log(normal(x[d], 0, 1)); });
       }},
      {"normal",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) { return std::log(normal(x[d], p.at("loc")[d], p.at("scale")[d])); });
       }},
      {"isotropic-normal",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) { return std::log(normal(x[d], p.at("loc")[d], p.at("scale")[0])); });
       }},
      {"full-normal",
       [](const Numbers& x, const Row& p, const Settings&) {
         const Numbers& scale = p.at("scale");
         const Numbers lower = x.size() > 1 ? p.at("lower") : Numbers{};
         Matrix factor(x.size(), Numbers(x.size(), 0));
         size_t next = 0;
         for (size_t i = 0; i < x.size(); ++i) {
           for (size_t j = 0; j < i; ++j) factor[i][j] = scale[i] * lower[next++] / static_cast<double>(x.size());
           factor[i][i] = scale[i];
         }
         return gaussian(x, p.at("loc"), times_transposed(factor));
       }},
      {"low-rank-normal",
       [](const Numbers& x, const Row& p, const Settings& settings) {
         const auto rank = static_cast<size_t>(settings.integer("rank"));
         const Numbers &scale = p.at("scale"), &factor = p.at("factor");
         Matrix wide(x.size(), Numbers(x.size() + rank, 0));
         for (size_t i = 0; i < x.size(); ++i) {
           wide[i][i] = scale[i];
           for (size_t k = 0; k < rank; ++k) wide[i][x.size() + k] = scale[i] * factor[i * rank + k];
         }
         return gaussian(x, p.at("loc"), times_transposed(wide));
       }},
      {"mixture-of-gaussians",
       [](const Numbers& x, const Row& p, const Settings&) {
         double total = 0, weights = 0;
         for (size_t k = 0; k < p.at("logits").size(); ++k) {
           double density = std::exp(p.at("logits")[k]);
           weights += density;
           for (size_t d = 0; d < x.size(); ++d) {
             density *= normal(x[d], p.at("loc")[k * x.size() + d], p.at("scale")[k * x.size() + d]);
           }
           total += density;
         }
         return std::log(total / weights);
       }},
      {"standard-student-t",
       [](const Numbers& x, const Row&, const Settings& settings) {
         return sum_over(x, [&](size_t d) { return log_student_t(x[d], 0, 1, settings.number("degrees")); });
       }},
      {"student-t",
       [](const Numbers& x, const Row& p, const Settings& settings) {
         return sum_over(x, [&](size_t d) {
           return log_student_t(x[d], p.at("loc")[d], p.at("scale")[d], settings.number("degrees"));
         });
       }},
      {"laplace",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           const double scale = p.at("scale")[d];
           return std::log(std::exp(-std::abs(x[d] - p.at("loc")[d]) / scale) / (2 * scale));
         });
       }},
      {"logistic",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           const double scale = p.at("scale")[d], e = std::exp(-(x[d] - p.at("loc")[d]) / scale);
           return std::log(e / (scale * (1 + e) * (1 + e)));
         });
       }},
      {"uniform-box",
       [](const Numbers& x, const Row&, const Settings& settings) {
         return sum_over(x, [&](size_t) { return -std::log(2 * settings.number("half_width")); });
       }},
      {"bernoulli",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           const double one = probability(p.at("logits")[d]);
           return x[d] * std::log(one) + (1 - x[d]) * std::log(1 - one);
         });
       }},
      {"continuous-bernoulli",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           const double one = probability(p.at("logits")[d]);
           return x[d] * std::log(one) + (1 - x[d]) * std::log(1 - one) - log_integral_of_coin(one);
         });
       }},
      {"poisson",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           double rest = std::exp(-std::exp(p.at("log_rate")[d]));  // the product, factor by factor
           for (int k = 1; k <= static_cast<int>(x[d]); ++k) rest *= std::exp(p.at("log_rate")[d]) / k;
           return std::log(rest);
         });
       }},
      {"negative-binomial",
       [](const Numbers& x, const Row& p, const Settings&) {
         return sum_over(x, [&](size_t d) {
           const double m = std::exp(p.at("log_mean")[d]), r = std::pow(p.at("scale")[d], -2);
           double rest = std::pow(r / (r + m), r);
           for (int k = 0; k < static_cast<int>(x[d]); ++k) rest *= (r + k) / (k + 1) * m / (r + m);
           return std::log(rest);
         });
       }},
      {"categorical",
       [](const Numbers& x, const Row& p, const Settings& settings) {
         const auto levels = static_cast<size_t>(settings.integer("levels"));
         return sum_over(x, [&](size_t d) {
           double total = 0;
           for (size_t k = 0; k < levels; ++k) total += std::exp(p.at("logits")[d * levels + k]);
           return std::log(std::exp(p.at("logits")[d * levels + static_cast<size_t>(x[d])]) / total);
         });
       }},
      {"discretized-logistic",
       [](const Numbers& x, const Row& p, const Settings& settings) {
         const auto levels = static_cast<double>(settings.integer("levels"));
         return sum_over(x, [&](size_t d) {
           return std::log(probability_of_level(x[d], p.at("loc")[d], p.at("scale")[d], levels));
         });
       }},
      {"mixture-of-discretized-logistics",
       [](const Numbers& x, const Row& p, const Settings& settings) {
         const auto levels = static_cast<double>(settings.integer("levels"));
         const auto components = static_cast<size_t>(settings.integer("components"));
         return sum_over(x, [&](size_t d) {
           double total = 0, weights = 0;
           for (size_t k = d * components; k < (d + 1) * components; ++k) {
             const double weight = std::exp(p.at("logits")[k]);
             weights += weight;
             total += weight * probability_of_level(x[d], p.at("loc")[k], p.at("scale")[k], levels);
           }
           return std::log(total / weights);
         });
       }},
  };
  return all;
}

bool is_discrete(const DistributionFamily& family) {
  return family.name == "bernoulli" || is_whole(family.values);
}

// Values of a family: [rows, dim].
Array some_values(const DistributionFamily& family, int64_t rows, int64_t dim) {
  std::mt19937 random(11);
  Array x(DType::kF64, {rows, dim});
  for (double& value : x.values<double>()) {
    value = is_whole(family.values)          ? std::floor(some_number(random, 0, 8))
            : family.values == Values::kUnit ? some_number(random, 0, 1)
                                             : some_number(random, -3, 3);
  }
  return x;
}

class EveryFamily : public testing::TestWithParam<const DistributionFamily*> {};

TEST_P(EveryFamily, LogProbIsTheFormulaForEverySampleOfEveryRow) {
  ASSERT_EQ(formulas().count(std::string(GetParam()->name)), 1U) << "add the formula to this file";
  for (const int64_t dim : {1, 4}) {
    constexpr int64_t kRows = 3, kSamples = 2;
    const Generated g = generated(*GetParam(), dim, kRows);
    const Array x = some_values(*GetParam(), kSamples * kRows, dim);
    Graph graph;
    const Distribution d = g.constant(graph);
    EXPECT_EQ(d.event_dim(), dim);
    EXPECT_EQ(d.rows(), has_parameters(*GetParam()) ? kRows : 0);
    EXPECT_EQ(d.name(), GetParam()->name);
    graph.output("log_prob", d.log_prob(graph.constant(x)));
    const Numbers log_prob = values_of(Interpreter(graph).run({}).at("log_prob"));
    for (int64_t n = 0; n < kSamples * kRows; ++n) {
      const Numbers all = values_of(x);
      const Numbers own(all.begin() + n * dim, all.begin() + (n + 1) * dim);
      const double expected = formulas().at(std::string(GetParam()->name))(own, g.row(n % kRows), g.settings);
      EXPECT_NEAR(log_prob[static_cast<size_t>(n)], expected, 1e-10 * (1 + std::abs(expected))) << dim << " " << n;
    }
  }
}

// Over whole numbers the sum of all; over an interval or the reals by midpoints, the reals stretched as sinh.
TEST_P(EveryFamily, IntegratesToOne) {
  const Generated g = generated(*GetParam(), 2, 1);
  Graph graph;
  const Distribution d = g.constant(graph);
  const bool discrete = is_discrete(*GetParam()), unit = GetParam()->values == Values::kUnit;
  const bool levels = GetParam()->values == Values::kLevels;
  const int64_t side = !discrete ? (unit ? 200 : 500) : unit ? 2 : levels ? kFewLevels : 400;
  Array points(DType::kF64, {side * side, 2});
  Numbers cells;
  const auto at = [&](int64_t cell) {  // a point and the length it stands for
    if (discrete) return std::pair(static_cast<double>(cell), 1.0);
    const double step = (unit ? 1.0 : 14.0) / static_cast<double>(side);
    const double t = (static_cast<double>(cell) + 0.5) * step - (unit ? 0 : 7);
    return unit ? std::pair(t, step) : std::pair(std::sinh(t), std::cosh(t) * step);
  };
  for (int64_t i = 0; i < side * side; ++i) {
    const auto [x, width] = at(i / side);
    const auto [y, height] = at(i % side);
    points.values<double>()[static_cast<size_t>(2 * i)] = x;
    points.values<double>()[static_cast<size_t>(2 * i + 1)] = y;
    cells.push_back(width * height);
  }
  const Tensor x = graph.input("x", {side * side, 2});
  graph.output("log_prob", d.log_prob(x));
  const Numbers log_prob = values_of(Interpreter(graph).run({{"x", points}}).at("log_prob"));
  double total = 0;
  for (size_t i = 0; i < cells.size(); ++i) total += cells[i] * std::exp(log_prob[i]);
  // A density with borders is off by the cells that they cut, one with a peak by those that it lies in, a smooth one by
  // the tails of the heaviest and by midpoints.
  const bool peaked = GetParam()->name == "laplace";
  EXPECT_NEAR(total, 1, !GetParam()->covers_all ? 0.05 : peaked ? 3e-4 : discrete ? 1e-10 : 1e-5);
}

TEST_P(EveryFamily, IsReparameterisedAndCoversAllAsItSays) {
  const Generated g = generated(*GetParam(), 3, 2);
  Graph graph;
  const auto [d, parameters] = g.by_inputs(graph);
  const Tensor drawn = d.sample(graph, 40);
  const Tensors by = gradients(sum(square(drawn)), parameters);
  for (size_t i = 0; i < by.size(); ++i) graph.output(std::to_string(i), sum(abs(by[i])));
  graph.output("drawn", drawn);
  const bool levels = GetParam()->values == Values::kLevels;
  const double far = GetParam()->values == Values::kUnit ? 1 : levels ? kFewLevels - 1 : 1e3;
  const auto is_value = [&](double value) {
    return value >= 0 && value == std::floor(value) && (!levels || value < kFewLevels);
  };
  graph.output("far", reduce_min(d.log_prob(graph.constant(array_of({2, 3}, {far, 0, 0, far, far, far})))));
  const auto out = Interpreter(graph).run(g.values, {.seed = 3});
  bool all = true;
  for (size_t i = 0; i < by.size(); ++i) all = all && values_of(out.at(std::to_string(i)))[0] > 0;
  EXPECT_EQ(all, GetParam()->reparameterised);
  EXPECT_EQ(std::isfinite(values_of(out.at("far"))[0]), GetParam()->covers_all);
  if (GetParam()->values == Values::kUnit) {
    EXPECT_THAT(values_of(out.at("drawn")), testing::Each(testing::AllOf(testing::Ge(0), testing::Le(1))));
  }
  if (is_whole(GetParam()->values)) {
    EXPECT_THAT(values_of(out.at("drawn")), testing::Each(testing::Truly(is_value)));
  }
}

// Values and gradients by the parameters are finite far out, in f32 too, and compiled as interpreted.
TEST_P(EveryFamily, IsFiniteFarOutAndCompiles) {
  const Generated g = generated(*GetParam(), 2, 3);
  const bool unit = GetParam()->values == Values::kUnit;
  Graph graph;
  const auto [d, parameters] = g.by_inputs(graph);
  const Tensor x = graph.input("x", {6, 2});
  const Tensor log_prob = d.log_prob(x);
  const auto [value, own] = d.sample_and_log_prob(graph, 6);
  graph.output("log_prob", log_prob);
  graph.output("sample", value);
  graph.output("own", own);
  Tensors wrt = parameters;
  wrt.push_back(x);
  const Tensors by = gradients(sum(log_prob) + sum(square(value)), wrt);
  for (size_t i = 0; i < by.size(); ++i) graph.output("by " + std::to_string(i), by[i]);
  std::map<std::string, Array> inputs;
  for (const auto& [name, values] : g.values) inputs.emplace(name, values.cast(DType::kF32));
  const std::vector<double> reals{0.5, 1, -1, 0.3, 1e4, -1e4, -1e4, 0, 0, 0, 2, -2};
  const std::vector<double> units{0.5, 1, 0, 0.3, 1, 0, 0.25, 0, 0, 0, 1, 1};
  const std::vector<double> counts{0, 1, 2, 7, 1e4, 0, 0, 1e4, 100, 1, 9, 8};
  const bool everywhere = GetParam()->covers_all;
  const std::vector<double> few{0, 1, 2, 7, 8, 0, 0, 8, 4, 1, 5, 8};
  const std::map<Values, std::vector<double>> of_kind{{Values::kCounts, counts}, {Values::kLevels, few}};
  const auto whole = of_kind.find(GetParam()->values);
  inputs.emplace("x", array_of({6, 2}, whole != of_kind.end() ? whole->second
                                       : unit || !everywhere  ? units
                                                              : reals)
                          .cast(DType::kF32));
  const StepContext context{.seed = 3, .step = 2};
  const auto expected = Interpreter(graph).run(inputs, context);
  const auto computed = compile(graph, {.verify = true}).run(inputs, context);
  for (const auto& [name, values] : expected) {
    double scale = 1;
    for (const double v : values.values<double>()) scale = std::max(scale, std::abs(v));
    for (size_t i = 0; i < values.values<double>().size(); ++i) {
      EXPECT_TRUE(std::isfinite(values.values<double>()[i])) << name;
      EXPECT_NEAR(computed.at(name).values<float>()[i], values.values<double>()[i], 1e-4 * scale) << name << i;
    }
  }
}

TEST_P(EveryFamily, SaysWhatItIs) {
  const DistributionFamily& family = *GetParam();
  EXPECT_FALSE(family.name.empty());
  EXPECT_FALSE(family.description.empty());
  int scales = 0;
  for (const ParameterSpec& spec : family.parameters(3, Settings::of(view_of(family)))) {
    scales += spec.role == Role::kScale;
    EXPECT_GE(count_of(spec), 1) << spec.name;
  }
  EXPECT_LE(scales, 1);  // as the places take it
}

INSTANTIATE_TEST_SUITE_P(Prob, EveryFamily, testing::ValuesIn(families().rows().begin(), families().rows().end()),
                         [](const auto& row) { return test_name(row.param->name); });

TEST(ParameterTensors, AskedForWhatIsNotThereSaySo) {
  EXPECT_THROW(ParameterTensors{}("loc"), std::logic_error);
}

}  // namespace
}  // namespace elbo::prob
