// Draws of a conditional model for rows that are given: a posterior, where those are what a simulator made.
//
//   const GivenDraws all = draw_given(model, context, {.draws = 10'000});   // context [3, 8]
//   all.values;                                                             // f32 [30000, dim], 10,000 for each row
#pragma once

#include <cstdint>
#include <vector>

#include "elbo/engine/array.h"
#include "elbo/models/model.h"

namespace elbo::eval {

struct GivenOptions {
  int64_t draws = 1;  // for each row
  uint64_t seed = 0;
  int threads = 0;
};

struct GivenDraws {
  Array values;               // f32 [rows * draws, dim], as the model sees x
  Array log_prob;             // f64 [rows * draws], nats, in the same units
  std::vector<int64_t> lost;  // draws, from 0 on, that are not finite: they are left as they are
};

// context: f32 [rows, context_dim] as the model sees it.  A draw depends on the seed and its number.  Throws
// ConfigError for a model that is given nothing.
GivenDraws draw_given(const models::Model& model, const Array& context, const GivenOptions& options);

}  // namespace elbo::eval
