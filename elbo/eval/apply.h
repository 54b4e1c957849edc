// What a trained model makes: samples, reconstructions, codes, scores, computed in pieces of one compiled graph.
//
//   const Array images = draw_samples(model, {.rows = 64, .seed = 1});                        // [64, 784]
//   const auto [inputs, outputs] = reconstruct(model, dataset, Split::kTest, {.rows = 100});
//   const Array z = encode(model, dataset, Split::kTest, {});                                 // [10000, 20]
//   const Array log_density = score(model, dataset, Split::kTest, {});                        // [10000] f64, nats
//
// Values are f32, as the model sees them: data/encoding.h takes them to the units of the data.  Log-densities are in
// those units.  A row depends on the seed and its number, not on how many rows are asked for.  A model that cannot do
// what is asked for is refused by ConfigError.
#pragma once

#include <cstdint>
#include <vector>

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

// Without `lost`, NumericalError for a sample that is not finite; else such rows are left out, and their numbers, from
// 0 on, are put there.
Array draw_samples(const models::Model& model, const ApplyOptions& options, std::vector<int64_t>* lost = nullptr);

struct Reconstructions {
  Array inputs;   // as the model saw them: where binarization is dynamic, the bits drawn
  Array outputs;  // means of p(x | z)
};
// z is the center of q(z | x), or with `draw` a draw from it.
Reconstructions reconstruct(const models::Model& model, const data::Dataset& dataset, data::Split split,
                            const ApplyOptions& options);

// The center of q(z | x) (its mean, or for a flow the mean of the base carried through), or with `draw` a draw.
Array encode(const models::Model& model, const data::Dataset& dataset, data::Split split, const ApplyOptions& options);

// Means of p(x|z) for codes z [n, code_dim] f32: [n, dim].
Array decode(const models::Model& model, const Array& z, const ApplyOptions& options);
// Codes from the prior: options.rows of them, [rows, code_dim].
Array draw_prior(const models::LatentVariable& model, const ApplyOptions& options);

// log p(x) of each row, f64 [rows] in nats, in the units of the data; -inf where a row is so unlikely.  NumericalError
// for one that is no number.
Array score(const models::Model& model, const data::Dataset& dataset, data::Split split, const ApplyOptions& options);

// The log-determinant of the map from the units of the data to the values that the model sees: log p of a row in those
// units is what the model says plus this.  0 for a model whose figures are probabilities.
double log_abs_det_of_units(const models::Model& model, const data::Dataset& dataset);

}  // namespace elbo::eval
