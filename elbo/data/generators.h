// The two-dimensional densities that flows are shown on, each row a function of seed, stream and row number alone.
//
//   const Array x = generate("two-moons", {.rows = 10000, .seed = 1});    // f32 [10000, 2]
//
// Formulas and scales follow the toy sets of FFJORD (Grathwohl et al., 2019), which Neural Spline Flows and others
// took over; where scikit-learn lays points out evenly, rows here are independent draws.  generators.cpp has them.
// The energies of energies.h are drawn from, too.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "elbo/data/energies.h"
#include "elbo/data/random.h"
#include "elbo/engine/array.h"
#include "elbo/settings/registry.h"

namespace elbo::data {

struct Generator {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  Point (*draw)(RowRandom&);
  std::optional<double> entropy;  // nats, where it is known to the digits given
};

// In alphabetical order.
const Registry<Generator>& generators();

struct GenerateOptions {
  int64_t rows = 10000;
  uint64_t seed = 0;
  uint32_t stream = 0;    // 0, 1, 2: train, validation, test
  int64_t first_row = 0;  // the rows are first_row, first_row + 1, ...
};

// f32 [rows, 2].  ConfigError lists the known names when there is none of this name.
Array generate(std::string_view name, const GenerateOptions& options);

}  // namespace elbo::data
