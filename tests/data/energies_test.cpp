#include "elbo/data/energies.h"

#include <cmath>
#include <functional>
#include <numbers>

#include "elbo/data/generators.h"
#include "elbo/engine/gradients.h"
#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "tests/data/files.h"

namespace elbo::data {
namespace {

using std::numbers::pi;

// exp(-U) of table 1, as it is printed there, and the wall, each written out in double precision.
double bell(double x, double scale) {
  return std::exp(-0.5 * (x / scale) * (x / scale));
}
double wall(double x) {
  return std::abs(x) <= 4 ? 1 : bell(std::abs(x) - 4, 0.4);
}
double density_1(double x, double y) {
  return bell(std::hypot(x, y) - 2, 0.4) * (bell(x - 2, 0.6) + bell(x + 2, 0.6));
}
double density_2(double x, double y) {
  return bell(y - std::sin(2 * pi * x / 4), 0.4) * wall(x);
}
double density_3(double x, double y) {
  const double w1 = std::sin(2 * pi * x / 4), w2 = 3 * bell(x - 1, 0.6);
  return (bell(y - w1, 0.35) + bell(y - w1 + w2, 0.35)) * wall(x);
}
double density_4(double x, double y) {
  const double w1 = std::sin(2 * pi * x / 4), w3 = 3 / (1 + std::exp(-(x - 1) / 0.3));
  return (bell(y - w1, 0.4) + bell(y - w1 + w3, 0.35)) * wall(x);
}

using Density = double (*)(double x, double y);
struct Case {
  const Energy* energy;
  Density density;  // exp(-U)
};
// Printed by the names of the tests.
void PrintTo(const Case& one, std::ostream* out) {
  *out << one.energy->name;
}

// ∫ f over the plane by the trapezoid rule; all four densities are below e⁻⁵⁰ at the edge.
double integral(const std::function<double(double, double)>& f) {
  constexpr double kSide = 8, kStep = 0.02;
  const int cells = static_cast<int>(std::lround(2 * kSide / kStep));
  double sum = 0;
  for (int i = 0; i <= cells; ++i) {
    for (int j = 0; j <= cells; ++j) sum += f(-kSide + i * kStep, -kSide + j * kStep);
  }
  return sum * kStep * kStep;
}

double x_log_x(double p) {
  return p > 0 ? p * std::log(p) : 0;
}

class EveryEnergy : public testing::TestWithParam<Case> {
 protected:
  // log_density and the gradient of its sum at these points, by the interpreter.
  std::map<std::string, Array> at(const std::vector<double>& points, Precision precision = Precision::kF64) const {
    const auto rows = static_cast<int64_t>(points.size() / 2);
    Graph graph;
    const Tensor z = graph.input("z", {rows, 2});
    const Tensor log_density = GetParam().energy->log_density(z);
    graph.output("log_density", log_density);
    graph.output("gradient", gradients(sum(log_density), {z})[0]);
    return Interpreter(graph, {.precision = precision}).run({{"z", Array::of<double>({rows, 2}, points)}});
  }
};

TEST_P(EveryEnergy, IsTheFormulaOfTheTable) {
  std::vector<double> points;
  for (double x = -5; x <= 5; x += 0.37) {
    for (double y = -5; y <= 3; y += 0.41) points.insert(points.end(), {x, y});
  }
  const Array log_density = at(points).at("log_density");
  const auto values = log_density.values<double>();
  for (size_t i = 0; i < values.size(); ++i) {
    const double expected = GetParam().density(points[2 * i], points[2 * i + 1]);
    EXPECT_NEAR(std::exp(values[i]), expected, 1e-9 * expected) << points[2 * i] << ", " << points[2 * i + 1];
  }
}

TEST_P(EveryEnergy, GradientIsTheSlopeAndFiniteEverywhere) {
  const std::vector<double> points{0.3, -0.8, 2.1, 1.7, -3.2, 0.4, 4.6, -1.1, 1, -2, -4.2, 3};
  const Array gradient = at(points).at("gradient");
  for (size_t i = 0; i < points.size(); ++i) {
    constexpr double kStep = 1e-5;
    std::vector<double> above = points, below = points;
    above[i] += kStep;
    below[i] -= kStep;
    const double rise =
        at(above).at("log_density").values<double>()[i / 2] - at(below).at("log_density").values<double>()[i / 2];
    const double slope = rise / (2 * kStep);
    EXPECT_NEAR(gradient.values<double>()[i], slope, 1e-6 * (1 + std::abs(slope))) << i;
  }
  for (const Precision precision : {Precision::kF64, Precision::kF32}) {
    const auto far = at({0, 0, 4, 0, -4, 0, 1e4, 0, 0, -1e4, 1e4, 1e4, -1e4, 1e4, 2, 0, -2, 0}, precision);
    for (const char* name : {"log_density", "gradient"}) {
      for (const double value : far.at(name).values<double>()) EXPECT_TRUE(std::isfinite(value)) << name;
    }
  }
}

TEST_P(EveryEnergy, NormalizerAndEntropyAreTheIntegrals) {
  const auto [energy, density] = GetParam();
  const double z = integral(density);
  EXPECT_NEAR(std::log(z), energy->log_normalizer, 1e-9);
  EXPECT_NEAR(-integral([&](double x, double y) { return x_log_x(density(x, y) / z); }), energy->entropy, 1e-9);
}

// Means of functions over draws against their integrals: the draws come by other formulas than the density.
TEST_P(EveryEnergy, DrawsFollowTheDensity) {
  const auto [energy, density] = GetParam();
  constexpr int64_t kRows = 20'000;
  const Array rows = generate(energy->name, {.rows = kRows, .seed = 3});
  const auto values = rows.values<float>();
  const double z = std::exp(energy->log_normalizer);
  const std::vector<std::function<double(double, double)>> functions{
      [](double x, double) { return x; },
      [](double, double y) { return y; },
      [](double x, double) { return x * x; },
      [](double, double y) { return y * y; },
      [](double x, double y) { return x * y; },
      [](double x, double) { return std::abs(x) > 4 ? 1.0 : 0.0; },
      [](double x, double y) { return x > 1 && y < -1 ? 1.0 : 0.0; },
      [](double x, double y) { return std::sin(3 * x + 2 * y); },
  };
  for (size_t f = 0; f < functions.size(); ++f) {
    const auto& function = functions[f];
    const auto mean_of = [&](const std::function<double(double)>& g) {
      return integral([&](double x, double y) { return g(function(x, y)) * density(x, y) / z; });
    };
    const double mean = mean_of([](double v) { return v; });
    const double variance = mean_of([&](double v) { return (v - mean) * (v - mean); });
    double drawn = 0;
    for (size_t i = 0; i < values.size(); i += 2) drawn += function(values[i], values[i + 1]) / kRows;
    // The trapezoid rule is off by up to a cell's share at an indicator's edge.
    EXPECT_NEAR(drawn, mean, 4 * std::sqrt(variance / kRows) + 0.005) << "function " << f;
  }
}

INSTANTIATE_TEST_SUITE_P(Data, EveryEnergy,
                         testing::Values(Case{energies().rows()[0], density_1}, Case{energies().rows()[1], density_2},
                                         Case{energies().rows()[2], density_3}, Case{energies().rows()[3], density_4}),
                         [](const auto& test) { return "U" + std::to_string(test.index + 1); });

TEST(Energies, NormalizersOfTheWavesAreClosedForms) {
  const double root = std::sqrt(2 * pi), along = 8 + 0.4 * root;
  EXPECT_NEAR(energies().find("energy-2").log_normalizer, std::log(0.4 * root * along), 1e-9);
  EXPECT_NEAR(energies().find("energy-3").log_normalizer, std::log(2 * 0.35 * root * along), 1e-9);
  EXPECT_NEAR(energies().find("energy-4").log_normalizer, std::log((0.4 + 0.35) * root * along), 1e-9);
}

TEST(Energies, UnknownNamesAndWrongShapesAreRefused) {
  EXPECT_EQ(message_of<ConfigError>([] { energies().find("energy-5"); }).substr(0, 25), "unknown energy \"energy-5\"");
  EXPECT_EQ(energies().find_if_known("rings"), nullptr);
  Graph graph;
  const Tensor z = graph.input("z", {4, 3});
  EXPECT_EQ(message_of<ShapeError>([&] { energies().rows()[1]->log_density(z); }),
            "energy: its points are [4, 3], [rows, 2] is required");
}

}  // namespace
}  // namespace elbo::data
