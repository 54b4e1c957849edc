// What families of independent dimensions with a location and a scale each have in common.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "elbo/prob/family.h"
#include "elbo/prob/rows.h"
#include "elbo/prob/terms_internal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

// Of `rows` rows, both [1 or rows, dim].
struct LocationScale {
  Tensor loc, log_scale;

  // (value - loc) / scale
  Tensor standardized(Tensor value) const { return (value - loc) * exp(-log_scale); }
  Tensor from_standard(Tensor e) const { return loc + exp(log_scale) * e; }
};

// Throws ShapeError unless log_scale broadcasts to loc [batch, dim], and rows is a multiple of batch.
inline LocationScale location_scale(std::string_view who, Tensor loc, Tensor log_scale, int64_t rows,
                                    const std::string& of_loc = "loc") {
  const Shape shape = require_parameter_rows(who, of_loc, loc);
  if (!log_scale.defined() || broadcast(shape, log_scale.shape()) != shape) {
    throw ShapeError(std::string(who) + ": " + of_loc + " " + to_string(shape) + " and log_scale " +
                     (log_scale.defined() ? to_string(log_scale.shape()) : "missing") +
                     ": the scale must have the shape of " + of_loc + " or broadcast to it");
  }
  require_row_count(who, rows, shape[0]);
  const Tensor full = log_scale.shape() == shape ? log_scale : broadcast_to(log_scale, shape);
  return {spread_rows(loc, rows), spread_rows(full, rows)};
}

// The two parameters as a family declares them.
inline std::vector<ParameterSpec> takes_location_and_scale(int64_t dim, const Settings& /*settings*/) {
  return {{.name = "loc", .shape = {dim}, .role = Role::kLocation},
          {.name = "scale", .shape = {dim}, .role = Role::kScale}};
}

}  // namespace elbo::prob
