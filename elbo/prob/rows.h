// The rows of a distribution's parameters against the rows of values (see distribution.h).
#pragma once

#include <string_view>

#include "elbo/engine/graph.h"

namespace elbo::prob {

// Rows of a value [n, dim]; throws ShapeError unless it has that many columns and n is a multiple of `own_rows`
// (any n where that is 0).  `who` begins the message.
int64_t require_rows(std::string_view who, Tensor value, int64_t dim, int64_t own_rows);
// The same check for a number of rows to be drawn.
void require_row_count(std::string_view who, int64_t rows, int64_t own_rows);

// The shape [batch, dim] of a distribution's parameter; throws ShapeError when it is missing or not of rank 2.
Shape require_parameter_rows(std::string_view who, std::string_view parameter, Tensor value);

// A parameter [batch, dim] for `rows` rows: repeated where batch > 1 is fewer than rows.  Parameters of one row or of
// lower rank are left to broadcasting.
Tensor spread_rows(Tensor parameter, int64_t rows);

// The log of a tensor that was made by exp is what was exponentiated; of any other, log(x).  Scales are usually
// exp(log_scale), and log(exp(x)) would lose digits and overflow.
Tensor log_of(Tensor x);

// stop_gradient of a tensor; none of none.
Tensor hold(Tensor parameter);

}  // namespace elbo::prob
