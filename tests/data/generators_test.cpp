#include "elbo/data/generators.h"

#include <cmath>
#include <functional>
#include <numbers>

#include "tests/data/files.h"

namespace elbo::data {
namespace {

using std::numbers::pi;
constexpr int64_t kRows = 20000;

struct Estimate {
  double mean = 0;
  double standard_error = 0;
};

Estimate mean_under(std::string_view name, const std::function<double(double, double)>& f) {
  const Array points = generate(name, {.rows = kRows, .seed = 17});
  const auto values = points.values<float>();
  double sum = 0, squares = 0;
  for (size_t i = 0; i < values.size(); i += 2) {
    const double value = f(values[i], values[i + 1]);
    sum += value;
    squares += value * value;
  }
  const double mean = sum / kRows;
  return {mean, std::sqrt((squares / kRows - mean * mean) / kRows)};
}

void expect_mean(std::string_view name, double expected, const std::function<double(double, double)>& f) {
  const Estimate estimate = mean_under(name, f);
  EXPECT_NEAR(estimate.mean, expected, 4 * estimate.standard_error + 1e-6) << name;
}

// The mean of f over a uniform on (0, 1), by the midpoint rule.
double uniform_mean(const std::function<double(double)>& f) {
  constexpr int kCells = 100000;
  double sum = 0;
  for (int i = 0; i < kCells; ++i) sum += f((i + 0.5) / kCells);
  return sum / kCells;
}

double x_of(double x, double) {
  return x;
}
double y_of(double, double y) {
  return y;
}
double square_of(double x, double y) {
  return x * x + y * y;
}

class EveryGenerator : public testing::TestWithParam<const Generator*> {};

TEST_P(EveryGenerator, GivesFinitePointsOfModestSize) {
  const Array points = generate(GetParam()->name, {.rows = 2000});
  ASSERT_EQ(points.shape(), (Shape{2000, 2}));
  for (const float value : points.values<float>()) EXPECT_LT(std::abs(value), 6);
}

TEST_P(EveryGenerator, DrawsEachRowFromSeedStreamAndRowAlone) {
  const Array all = generate(GetParam()->name, {.rows = 100, .seed = 5});
  const Array later = generate(GetParam()->name, {.rows = 40, .seed = 5, .first_row = 60});
  for (size_t i = 0; i < 80; ++i) EXPECT_EQ(later.values<float>()[i], all.values<float>()[120 + i]);
  for (const GenerateOptions& other :
       {GenerateOptions{.rows = 100, .seed = 6}, {.rows = 100, .seed = 5, .stream = 1}}) {
    const Array changed = generate(GetParam()->name, other);
    for (size_t i = 0; i < 200; ++i) EXPECT_NE(changed.values<float>()[i], all.values<float>()[i]);
  }
}

INSTANTIATE_TEST_SUITE_P(Data, EveryGenerator,
                         testing::ValuesIn(generators().rows().begin(), generators().rows().end()),
                         [](const auto& test) {
                           std::string name(test.param->name);
                           for (char& c : name) c = c == '-' ? '_' : c;
                           return name;
                         });

TEST(Generate, RefusesUnknownNamesAndSizes) {
  EXPECT_EQ(
      message_of<ConfigError>([] { generate("two-moon", {}); }),
      "unknown generator \"two-moon\"; known: banana, checkerboard, circles, eight-gaussians, energy-1, energy-2, "
      "energy-3, energy-4, pinwheel, rings, swiss-roll-2d, two-moons, two-spirals (did you mean two-moons?)");
  EXPECT_THROW(generate("two-moons", {.rows = -1}), ConfigError);
  EXPECT_EQ(generate("two-moons", {.rows = 0}).elements(), 0);
}

TEST(Checkerboard, FillsItsEightSquaresEvenly) {
  std::vector<int> counts(16, 0);
  const Array points = generate("checkerboard", {.rows = kRows});
  const auto values = points.values<float>();
  for (size_t i = 0; i < values.size(); i += 2) {
    const int column = static_cast<int>(std::floor(values[i] / 2)) + 2;
    const int row = static_cast<int>(std::floor(values[i + 1] / 2)) + 2;
    ASSERT_TRUE(column >= 0 && column < 4 && row >= 0 && row < 4);
    ++counts[static_cast<size_t>(4 * row + column)];
  }
  for (int square = 0; square < 16; ++square) {
    const bool filled = (square / 4 + square % 4) % 2 == 0;
    EXPECT_NEAR(counts[static_cast<size_t>(square)], filled ? kRows / 8 : 0, filled ? 4 * 47 : 0) << square;
  }
  EXPECT_DOUBLE_EQ(*generators().find("checkerboard").entropy, std::log(32));
}

// The mean of exp(k (cos t - 1)) over a circle: the Bessel function I0(k), scaled so that it stays finite.
double scaled_bessel(double k) {
  const int cells = 60 + static_cast<int>(7 * std::sqrt(k));
  double sum = 0;
  for (int i = 0; i < cells; ++i) sum += std::exp(k * (std::cos(2 * pi * i / cells) - 1));
  return sum / cells;
}

double ring_density(double r, const std::vector<double>& radii, double sigma) {
  double sum = 0;
  for (const double radius : radii) {
    const double distance = (r - radius) / sigma;
    sum += std::exp(-distance * distance / 2) * scaled_bessel(r * radius / (sigma * sigma));
  }
  return sum / static_cast<double>(radii.size()) / (2 * pi * sigma * sigma);
}

// The entropy by quadrature is the stated one, and the points follow the density: their mean -log p is the entropy.
void expect_rings(std::string_view name, const std::vector<double>& radii, double sigma) {
  const double step = sigma / 8;
  double entropy = 0;
  for (double r = step; r < radii.back() + 9 * sigma; r += step) {
    const double p = ring_density(r, radii, sigma);
    if (p > 0) entropy -= 2 * pi * r * step * p * std::log(p);
  }
  EXPECT_NEAR(*generators().find(name).entropy, entropy, 1e-7);
  expect_mean(name, entropy,
              [&](double x, double y) { return -std::log(ring_density(std::hypot(x, y), radii, sigma)); });
  expect_mean(name, 0, x_of);
  expect_mean(name, 0, y_of);
}

TEST(Circles, FollowTheirDensityAndHaveItsEntropy) {
  expect_rings("circles", {1.5, 3}, 0.24);
}
TEST(Rings, FollowTheirDensityAndHaveItsEntropy) {
  expect_rings("rings", {0.75, 1.5, 2.25, 3}, 0.08);
}

TEST(Banana, FollowsItsDensityAndHasItsEntropy) {
  const double entropy = std::log(2 * pi) + 1 + std::log(2.0 / 9);
  EXPECT_NEAR(*generators().find("banana").entropy, entropy, 1e-9);
  const auto minus_log_density = [](double x, double y) {
    const double along = 1.5 * x, noise = 3 * (y + 1) - along * along;
    return 0.5 * (along * along + noise * noise) + std::log(2 * pi) + std::log(2.0 / 9);
  };
  expect_mean("banana", entropy, minus_log_density);
  expect_mean("banana", 0, x_of);
  expect_mean("banana", -2.0 / 3, y_of);
  expect_mean("banana", 1.0 / 3, [](double, double y) { return (y + 2.0 / 3) * (y + 2.0 / 3); });
}

TEST(EightGaussians, FollowTheirDensityAndHaveItsEntropy) {
  const double sigma = 0.5 / 1.414, radius = 4 / 1.414, step = 0.1;
  const auto density = [&](double x, double y) {
    double sum = 0;
    for (int k = 0; k < 8; ++k) {
      const double dx = x - radius * std::cos(k * pi / 4), dy = y - radius * std::sin(k * pi / 4);
      sum += std::exp(-(dx * dx + dy * dy) / (2 * sigma * sigma));
    }
    return sum / 8 / (2 * pi * sigma * sigma);
  };
  double entropy = 0;
  for (int i = -56; i <= 56; ++i) {
    for (int j = -56; j <= 56; ++j) {
      const double p = density(i * step, j * step);
      if (p > 0) entropy -= step * step * p * std::log(p);
    }
  }
  EXPECT_NEAR(*generators().find("eight-gaussians").entropy, entropy, 1e-9);
  expect_mean("eight-gaussians", entropy, [&](double x, double y) { return -std::log(density(x, y)); });
}

TEST(TwoMoons, HasTheMomentsOfItsFormula) {
  expect_mean("two-moons", 0, x_of);
  expect_mean("two-moons", 0.3, y_of);
  // E (2 (c + 0.1 N) - 1)^2 with c = cos t or 1 - cos t: E c = 1/2, E c^2 = (1/2 + 3/2) / 2.
  expect_mean("two-moons", 4 * (1 + 0.01) - 4 * 0.5 + 1, [](double x, double) { return x * x; });
  // Upper moon: y has mean 4 / pi - 0.2, lower: 1 - 4 / pi - 0.2; points of both lie on circles of radius 2.
  expect_mean("two-moons", 4 + 2 * 0.04, [](double x, double y) {
    const double to_upper = std::hypot(x + 1, y + 0.2), to_lower = std::hypot(x - 1, y - 0.8);
    const double radius = std::abs(to_upper - 2) < std::abs(to_lower - 2) ? to_upper : to_lower;
    return radius * radius;
  });
}

TEST(Pinwheel, HasTheMomentsOfItsFormula) {
  expect_mean("pinwheel", 0, x_of);
  expect_mean("pinwheel", 0, y_of);
  expect_mean("pinwheel", 4 * (1 + 0.09 + 0.01), square_of);
  // Turned back by the angle that its distance asks for, nearly every point lies on one of five straight arms; turned
  // the wrong way, half of them would.
  const Estimate on_an_arm = mean_under("pinwheel", [](double x, double y) {
    const double a = std::hypot(x, y) / 2;
    return std::cos(5 * (std::atan2(y, x) + 0.25 * std::exp(a))) > 0;
  });
  EXPECT_GT(on_an_arm.mean, 0.97);
}

TEST(TwoSpirals, HasTheMomentsOfItsFormula) {
  expect_mean("two-spirals", 0, x_of);
  expect_mean("two-spirals", 0, y_of);
  const auto curve = [](double u) {
    const double t = 3 * pi * std::sqrt(u);
    return t * t + (t * std::sin(t) - t * std::cos(t)) / 2 + 1.0 / 6;
  };
  expect_mean("two-spirals", uniform_mean(curve) / 9 + 0.02, square_of);
}

TEST(SwissRoll, HasTheMomentsOfItsFormula) {
  const auto t_of = [](double u) { return 1.5 * pi * (1 + 2 * u); };
  expect_mean("swiss-roll-2d", uniform_mean([&](double u) { return t_of(u) * std::cos(t_of(u)); }) / 5, x_of);
  expect_mean("swiss-roll-2d", uniform_mean([&](double u) { return t_of(u) * std::sin(t_of(u)); }) / 5, y_of);
  expect_mean("swiss-roll-2d", (uniform_mean([&](double u) { return t_of(u) * t_of(u); }) + 2) / 25, square_of);
}

}  // namespace
}  // namespace elbo::data
