#include "elbo/data/generators.h"

#include <algorithm>
#include <vector>

#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

using std::numbers::pi;

Point on_circle(double radius, double angle) {
  return {radius * std::cos(angle), radius * std::sin(angle)};
}

Point with_noise(Point p, double sigma, RowRandom& random) {
  const double dx = random.normal();
  const double dy = random.normal();
  return {p.x + sigma * dx, p.y + sigma * dy};
}

// (2 X, X² + N) / 3 - (0, 1) with X and N standard normal: figure 1 of the paper, a third as large and moved to the
// middle.  The map from (X, N) has the determinant 2/9, so the entropy is log(2 pi e) + log(2/9).
Point banana(RowRandom& random) {
  const double x = random.normal();
  return {2 * x / 3, (x * x + random.normal()) / 3 - 1};
}

// x uniform on [-4, 4); y uniform on two of the four unit bands of width 2 that alternate with floor(x / 2).
// Uniform on eight squares of side 2, so the entropy is log 32.
Point checkerboard(RowRandom& random) {
  const double x = random.uniform(-2, 2);
  const double inside = random.uniform();
  const double band = -2.0 * static_cast<double>(random.below(2));
  const double shift = std::abs(std::fmod(std::floor(x), 2));
  return {2 * x, 2 * (inside + band + shift)};
}

// 3 ((cos t, sin t) r + 0.08 N), r = 1 or 0.5, t uniform.
Point circles(RowRandom& random) {
  const double radius = random.below(2) == 0 ? 3 : 1.5;
  return with_noise(on_circle(radius, random.uniform(0, 2 * pi)), 0.24, random);
}

// (4 (cos k pi/4, sin k pi/4) + 0.5 N) / 1.414, k uniform in 0..7.  The rounded root of 2 is FFJORD's.
Point eight_gaussians(RowRandom& random) {
  const Point center = on_circle(4, static_cast<double>(random.below(8)) * pi / 4);
  const Point p = with_noise(center, 0.5, random);
  return {p.x / 1.414, p.y / 1.414};
}

// Five arms: (a, b) = (1 + 0.3 N, 0.1 N) turned by -(2 pi k / 5 + 0.25 exp(a)), then doubled (Johnson et al., 2016).
Point pinwheel(RowRandom& random) {
  const double a = 1 + 0.3 * random.normal();
  const double b = 0.1 * random.normal();
  const double angle = 2 * pi * static_cast<double>(random.below(5)) / 5 + 0.25 * std::exp(a);
  const double c = std::cos(angle), s = std::sin(angle);
  return {2 * (a * c + b * s), 2 * (b * c - a * s)};
}

// 3 r (cos t, sin t) + 0.08 N, r one of 0.25, 0.5, 0.75, 1, t uniform.
Point rings(RowRandom& random) {
  const double radius = 0.75 * static_cast<double>(1 + random.below(4));
  return with_noise(on_circle(radius, random.uniform(0, 2 * pi)), 0.08, random);
}

// (t (cos t, sin t) + N) / 5, t = 1.5 pi (1 + 2 U): scikit-learn's roll seen from its side.
Point swiss_roll(RowRandom& random) {
  const double t = 1.5 * pi * (1 + 2 * random.uniform());
  const Point p = with_noise(on_circle(t, t), 1, random);
  return {p.x / 5, p.y / 5};
}

// 2 (moon + 0.1 N) + (-1, -0.2), moon = (cos t, sin t) or (1 - cos t, 0.5 - sin t), t uniform on (0, pi).
Point two_moons(RowRandom& random) {
  const bool upper = random.below(2) == 0;
  Point p = on_circle(1, random.uniform(0, pi));
  if (!upper) p = {1 - p.x, 0.5 - p.y};
  p = with_noise(p, 0.1, random);
  return {2 * p.x - 1, 2 * p.y - 0.2};
}

// +-(-t cos t + U / 2, t sin t + U / 2) / 3 + 0.1 N, t = 3 pi sqrt(U).
Point two_spirals(RowRandom& random) {
  const double t = 3 * pi * std::sqrt(random.uniform());
  const double side = random.below(2) == 0 ? 1 : -1;
  const double x = -t * std::cos(t) + random.uniform() / 2;
  const double y = t * std::sin(t) + random.uniform() / 2;
  return with_noise({side * x / 3, side * y / 3}, 0.1, random);
}

constexpr std::string_view kFfjord = "toy density of FFJORD, Grathwohl et al. (2019)";

std::vector<Generator> all_generators() {
  // The entropies that are no closed form are integrals of -p log p over the mixture's density, done by the trapezoid
  // rule until ten digits stood; generators_test.cpp does them again.
  std::vector<Generator> all{
      {"banana", "a normal bent along a parabola", "Papamakarios et al. 2017", banana, 1.3337996696},
      {"checkerboard", "8 filled squares of side 2 on a board of 4 by 4", kFfjord, checkerboard, 3.4657359027997265},
      {"circles", "2 noisy circles, of radius 1.5 and 3", kFfjord, circles, 3.2681357117},
      {"eight-gaussians", "8 normal blobs on a circle", kFfjord, eight_gaussians, 2.8318804061},
      {"pinwheel", "5 bent arms", kFfjord, pinwheel, std::nullopt},
      {"rings", "4 noisy circles, of radius 0.75 to 3", kFfjord, rings, 2.6231827703},
      {"swiss-roll-2d", "1 spiral of a turn and a half, with noise", kFfjord, swiss_roll, std::nullopt},
      {"two-moons", "2 half circles that reach into each other", kFfjord, two_moons, std::nullopt},
      {"two-spirals", "2 spirals wound into each other", kFfjord, two_spirals, std::nullopt},
  };
  for (const Energy* energy : energies().rows()) {
    all.push_back({energy->name, energy->description, energy->paper, energy->draw, energy->entropy});
  }
  std::sort(all.begin(), all.end(), [](const Generator& a, const Generator& b) { return a.name < b.name; });
  return all;
}

std::vector<const Generator*> pointers_to(const std::vector<Generator>& generators) {
  std::vector<const Generator*> pointers;
  for (const Generator& generator : generators) pointers.push_back(&generator);
  return pointers;
}

}  // namespace

const Registry<Generator>& generators() {
  static const std::vector<Generator> kGenerators = all_generators();
  static const Registry<Generator> all("generator", pointers_to(kGenerators));
  return all;
}

Array generate(std::string_view name, const GenerateOptions& options) {
  const Generator& generator = generators().find(name);
  if (options.rows < 0 || options.first_row < 0) {
    throw ConfigError("generator " + std::string(name) + ": rows = " + std::to_string(options.rows) + " from row " +
                      std::to_string(options.first_row) + ": neither may be below 0");
  }
  Array result(DType::kF32, {options.rows, 2});
  const auto values = result.values<float>();
  const RandomSource source{.seed = options.seed, .purpose = Purpose::kGenerate, .stream = options.stream};
  const Philox4x32::Key key = source.key();
  for (int64_t row = 0; row < options.rows; ++row) {
    RowRandom random(key, options.stream, options.first_row + row);
    const Point point = generator.draw(random);
    values[static_cast<size_t>(2 * row)] = static_cast<float>(point.x);
    values[static_cast<size_t>(2 * row) + 1] = static_cast<float>(point.y);
  }
  return result;
}

}  // namespace elbo::data
