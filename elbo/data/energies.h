// The energy functions U of Rezende & Mohamed (2015), table 1: densities p(z) = exp(-U(z)) / Z of the plane that can be
// evaluated, as functions of graph tensors, and so be fitted without any data.
//
//   const Energy& energy = energies().find("energy-2");
//   const Tensor log_density = energy.log_density(z);      // z [rows, 2] -> [rows] nats: -U(z), for log p(z) + log Z
//
// U₂, U₃ and U₄ as printed do not grow along z₁, so that exp(-U) has no finite integral; the paper shows |z| up to 4.
// Here they have a wall beyond: ½ ((|z₁| - 4)/0.4)² is added where |z₁| > 4.
//
// All four can be drawn from exactly as well: generators.h has them under the same names.
#pragma once

#include <string_view>

#include "elbo/data/random.h"
#include "elbo/engine/graph.h"
#include "elbo/settings/registry.h"

namespace elbo::data {

struct Point {
  double x = 0;
  double y = 0;
};

struct Energy {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Tensor (*log_density)(Tensor z) = nullptr;  // throws ShapeError unless z is [rows, 2]
  double log_normalizer = 0;                  // log Z, nats
  double entropy = 0;                         // of p, nats
  Point (*draw)(RowRandom& random) = nullptr;
};

// What a list shows beside the description: "log Z = 1.8775 nats".
std::string facts_of(const Energy& energy);

const Registry<Energy>& energies();

}  // namespace elbo::data
