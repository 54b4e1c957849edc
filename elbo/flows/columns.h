// Columns of rows [rows, dim]: taken apart and put into another order.
//
//   const Tensor first = columns(z, 0, 3);
//   const Tensor mixed = permute_columns(z, {2, 0, 1});     // column i of the result is column order[i] of z
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "elbo/engine/graph.h"

namespace elbo::flows {

Tensor columns(Tensor x, int64_t start, int64_t stop);

Tensor permute_columns(Tensor x, const std::vector<int64_t>& order);

std::vector<int64_t> reversed_columns(int64_t dim);
// All even columns, then all odd ones.
std::vector<int64_t> even_then_odd_columns(int64_t dim);
// Drawn once for a name, the same whatever the seed of a run: it belongs to the model, not to its parameters.
std::vector<int64_t> shuffled_columns(int64_t dim, std::string_view name);
// The order that undoes another.
std::vector<int64_t> inverse_order(const std::vector<int64_t>& order);

}  // namespace elbo::flows
