// What a trained model makes: samples, reconstructions, codes, computed in pieces of one compiled graph.
//
//   const Array images = draw_samples(model.vae, {.rows = 64, .seed = 1});                        // [64, 784]
//   const auto [inputs, outputs] = reconstruct(model.vae, dataset, Split::kTest, {.rows = 100});
//   const Array z = encode(model.vae, dataset, Split::kTest, {});                                 // [10000, 20]
//
// Values are f32 and in the data's own units (grey values from 0 to 1).  A row depends on the seed and its number, not
// on how many rows are asked for.
#pragma once

#include <cstdint>

#include "elbo/data/dataset.h"
#include "elbo/engine/array.h"
#include "elbo/models/vae.h"

namespace elbo::app {

struct ApplyOptions {
  int64_t rows = 0;   // the first so many, at most all that there are; 0: all (samples: none)
  bool draw = false;  // a draw from the last distribution in place of its mean
  uint64_t seed = 0;
  int threads = 0;
};

// p(x | z), z from the prior: the mean of each, or with `draw` a draw.
Array draw_samples(const models::Vae& vae, const ApplyOptions& options);

struct Reconstructions {
  Array inputs;   // as the model saw them: where binarization is dynamic, the bits drawn
  Array outputs;  // means of p(x | z)
};
// z is the center of q(z | x), or with `draw` a draw from it.
Reconstructions reconstruct(const models::Vae& vae, const data::Dataset& dataset, data::Split split,
                            const ApplyOptions& options);

// The center of q(z | x) (its mean, or for a flow the mean of the base carried through), or with `draw` a draw.
Array encode(const models::Vae& vae, const data::Dataset& dataset, data::Split split, const ApplyOptions& options);

}  // namespace elbo::app
