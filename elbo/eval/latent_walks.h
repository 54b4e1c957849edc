// Paths through a latent space, as codes to be decoded.
//
//   const Array z = traversal(codes, base, {.steps = 11});             // [dimensions * 11, dimensions]
//   const Array images = decode(model, z, {});                         // apply.h
//
// Codes are f32 [n, code_dim].
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::eval {

// Row `row` of codes, [1, code_dim]; and their mean.
Array code_of(const Array& codes, int64_t row);
Array mean_code(const Array& codes);

struct TraversalOptions {
  int64_t steps = 11;     // at least 2
  double outside = 0.01;  // share of the codes left out at each end of a dimension's range
};
// For each dimension, `steps` codes that are `base` but for it, which goes through the range of the codes.
Array traversal(const Array& codes, const Array& base, const TraversalOptions& options);

// `steps` codes from the first to the second, both included: along the line, and along the great circle, as their
// directions turn, and their lengths change, at an even pace (White 2016).  Codes of one direction, or of opposite
// ones, have no circle and get the line.  steps is at least 2.
Array linear_path(const Array& first, const Array& second, int64_t steps);
Array spherical_path(const Array& first, const Array& second, int64_t steps);

// For each label, the mean code of its rows less the mean code of all others: [labels, code_dim].  DataError where a
// label from 0 on has no row, or all of them.
Array attribute_vectors(const Array& codes, const std::vector<int32_t>& labels);
// For each vector, base + strength · vector, for each strength: [vectors * strengths, code_dim].
Array along_vectors(const Array& base, const Array& vectors, const std::vector<double>& strengths);

}  // namespace elbo::eval
