// Rows of a split through any graph, for the functions of apply.h and their neighbours.
#pragma once

#include <functional>
#include <vector>

#include "elbo/eval/apply.h"

namespace elbo::eval {

// Tensors [batch, dim] of the columns of a batch.
using ApplyBuild = std::function<std::vector<Tensor>(const models::Batch& batch)>;

// Each of them for all rows, in the order given.  NumericalError for a value that is not finite.
std::vector<Array> apply(const data::Dataset& dataset, data::Split split, const ApplyOptions& options,
                         const ApplyBuild& build);

}  // namespace elbo::eval
