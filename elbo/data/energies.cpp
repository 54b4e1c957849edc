#include "elbo/data/energies.h"

#include <cstdio>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::data {

namespace {

using std::numbers::pi;

constexpr std::string_view kPaper = "Rezende & Mohamed 2015, table 1";

constexpr double kWall = 4;
constexpr double kWallScale = 0.4;

struct Columns {
  Tensor x, y;  // [rows]
};

Columns columns(Tensor z) {
  const Shape shape = z.shape();
  if (shape.rank() != 2 || shape[1] != 2) {
    throw ShapeError("energy: its points are " + to_string(shape) + ", [rows, 2] is required");
  }
  const auto column = [&](int64_t i) { return reshape(slice(z, {.axis = 1, .start = i, .stop = i + 1}), {shape[0]}); };
  return {.x = column(0), .y = column(1)};
}

// -½ (x/scale)²
Tensor bump(Tensor x, double scale) {
  return -0.5 * square(x / scale);
}

// log(eᵃ + eᵇ)
Tensor log_add_exp(Tensor a, Tensor b) {
  return maximum(a, b) + softplus(-abs(a - b));
}

Tensor wall(Tensor x) {
  return bump(relu(abs(x) - kWall), kWallScale);
}

// w₁, w₂, w₃ of the table.
Tensor wave(Tensor x) {
  return sin((2 * pi / 4) * x);
}
Tensor hump(Tensor x) {
  return 3 * exp(bump(x - 1, 0.6));
}
Tensor step(Tensor x) {
  return 3 * sigmoid((x - 1) / 0.3);
}

Tensor log_density_1(Tensor z) {
  const auto [x, y] = columns(z);
  // A root has no slope at 0; the small number moves the density by less than its rounding.
  const Tensor radius = sqrt(square(x) + square(y) + 1e-12);
  return bump(radius - 2, 0.4) + log_add_exp(bump(x - 2, 0.6), bump(x + 2, 0.6));
}

Tensor log_density_2(Tensor z) {
  const auto [x, y] = columns(z);
  return bump(y - wave(x), 0.4) + wall(x);
}

Tensor log_density_3(Tensor z) {
  const auto [x, y] = columns(z);
  const Tensor offset = y - wave(x);
  return log_add_exp(bump(offset, 0.35), bump(offset + hump(x), 0.35)) + wall(x);
}

Tensor log_density_4(Tensor z) {
  const auto [x, y] = columns(z);
  const Tensor offset = y - wave(x);
  return log_add_exp(bump(offset, 0.4), bump(offset + step(x), 0.35)) + wall(x);
}

// Draws.  Given z₁, the z₂ of the last three is normal or a mixture of two normals whose weights are the same
// everywhere, so that z₁ is uniform between the walls and falls off as half a normal beyond each.
double draw_between_walls(RowRandom& random) {
  const double tails = kWallScale * std::sqrt(2 * pi);
  const double at = random.uniform(0, 2 * kWall + tails);
  if (at < 2 * kWall) return at - kWall;
  const double beyond = kWallScale * random.normal();
  return beyond < 0 ? beyond - kWall : beyond + kWall;
}

double wave(double x) {
  return std::sin(2 * pi * x / 4);
}

// By rejection: x from the two bumps, y uniform; beyond |y| = 6 lies less than e⁻⁵⁰ of the density.
Point draw_1(RowRandom& random) {
  for (;;) {
    const double x = (random.below(2) == 0 ? 2 : -2) + 0.6 * random.normal();
    const double y = random.uniform(-6, 6);
    const double ring = (std::hypot(x, y) - 2) / 0.4;
    if (random.uniform() < std::exp(-0.5 * ring * ring)) return {x, y};
  }
}

Point draw_2(RowRandom& random) {
  const double x = draw_between_walls(random);
  return {x, wave(x) + 0.4 * random.normal()};
}

Point draw_3(RowRandom& random) {
  const double x = draw_between_walls(random);
  const double at = (x - 1) / 0.6;
  const double hump = random.below(2) == 0 ? 0 : 3 * std::exp(-0.5 * at * at);
  return {x, wave(x) - hump + 0.35 * random.normal()};
}

Point draw_4(RowRandom& random) {
  const double x = draw_between_walls(random);
  if (random.uniform(0, 0.4 + 0.35) < 0.4) return {x, wave(x) + 0.4 * random.normal()};
  return {x, wave(x) - 3 / (1 + std::exp(-(x - 1) / 0.3)) + 0.35 * random.normal()};
}

// With c = 8 + 0.4 √2π, the integral of the walls: Z₂ = 0.4 √2π c, Z₃ = 2 · 0.35 √2π c, Z₄ = (0.4 + 0.35) √2π c.  Z₁
// and the entropies are integrals done by the trapezoid rule until ten digits stood; energies_test.cpp does all again.
constexpr Energy kEnergy1{.name = "energy-1",
                          .description = "2 crescents that face each other on a ring",
                          .paper = kPaper,
                          .log_density = log_density_1,
                          .log_normalizer = 1.8775016261,
                          .entropy = 2.6600125359,
                          .draw = draw_1};
constexpr Energy kEnergy2{.name = "energy-2",
                          .description = "a wave of one thickness",
                          .paper = kPaper,
                          .log_density = log_density_2,
                          .log_normalizer = 2.2001669253,
                          .entropy = 2.7558533711,
                          .draw = draw_2};
constexpr Energy kEnergy3{.name = "energy-3",
                          .description = "a wave that parts in two and closes again",
                          .paper = kPaper,
                          .log_density = log_density_3,
                          .log_normalizer = 2.7597827132,
                          .entropy = 2.7806296722,
                          .draw = draw_3};
constexpr Energy kEnergy4{.name = "energy-4",
                          .description = "a wave that forks",
                          .paper = kPaper,
                          .log_density = log_density_4,
                          .log_normalizer = 2.8287755847,
                          .entropy = 2.9902174817,
                          .draw = draw_4};

}  // namespace

std::string facts_of(const Energy& energy) {
  char text[64];
  std::snprintf(text, sizeof text, "log Z = %.4f nats", energy.log_normalizer);
  return text;
}

const Registry<Energy>& energies() {
  static const Registry<Energy> all("energy", {&kEnergy1, &kEnergy2, &kEnergy3, &kEnergy4});
  return all;
}

}  // namespace elbo::data
