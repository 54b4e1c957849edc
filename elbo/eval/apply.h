// What a trained model makes: samples, reconstructions, codes, scores, computed in pieces of one compiled graph.
//
//   const Array images = draw_samples(model, {.rows = 64, .seed = 1});                        // [64, 784]
//   const auto [inputs, outputs] = reconstruct(model, dataset, Split::kTest, {.rows = 100});
//   const Array z = encode(model, dataset, Split::kTest, {});                                 // [10000, 20]
//   const Array log_density = score(model, rows);                                             // [n], nats
//
// Values are f32 and in the data's own units (grey values from 0 to 1).  A row depends on the seed and its number, not
// on how many rows are asked for.  A model that cannot do what is asked for is refused by ConfigError.
#pragma once

#include <cstdint>

#include "elbo/data/dataset.h"
#include "elbo/engine/array.h"
#include "elbo/models/model.h"

namespace elbo::eval {

struct ApplyOptions {
  int64_t rows = 0;   // the first so many, at most all that there are; 0: all (samples: none)
  bool draw = false;  // a draw from the last distribution in place of its mean
  uint64_t seed = 0;
  int threads = 0;
};

// NumericalError for a sample that is not finite.
Array draw_samples(const models::Model& model, const ApplyOptions& options);

struct Reconstructions {
  Array inputs;   // as the model saw them: where binarization is dynamic, the bits drawn
  Array outputs;  // means of p(x | z)
};
// z is the center of q(z | x), or with `draw` a draw from it.
Reconstructions reconstruct(const models::Model& model, const data::Dataset& dataset, data::Split split,
                            const ApplyOptions& options);

// The center of q(z | x) (its mean, or for a flow the mean of the base carried through), or with `draw` a draw.
Array encode(const models::Model& model, const data::Dataset& dataset, data::Split split, const ApplyOptions& options);

// log p of each of the rows [n, dim] of x, f32 [n].  DataError for rows of another width or a value that is not finite;
// NumericalError where the density of a row is no number.
Array score(const models::Model& model, const Array& rows, int threads = 0);

}  // namespace elbo::eval
