// -log p(x) of a model with one or two latents, by integrating over the code: no bound and no draws.
//
//   log p(x) = log ∫ p(x|z) p(z) dz,  on a grid of its own for each row (adaptive_grid.h)
//
// The densities are evaluated in single precision, as everywhere, and added up in double.
#pragma once

#include <vector>

#include "elbo/eval/evaluate.h"

namespace elbo::eval {

// Latents that a grid can be laid over.
inline constexpr int64_t kMostLatentsOfAGrid = 2;

struct Evidence {
  std::vector<double> nll;  // nats, a value a row, as the model sees the rows
  int64_t unresolved = 0;   // rows whose grid ran out of cells before two levels of it agreed
};

// Throws ConfigError for a model of more latents.
Evidence evidence_by_quadrature(const models::LatentVariable& model, const data::Dataset& dataset, data::Split split,
                                const EvaluateOptions& options);

}  // namespace elbo::eval
