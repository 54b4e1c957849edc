// Standardization: y = (x - mean) / scale, column by column, fitted on the training rows.
//
//   const auto standard = Standardization::of(train.rows);
//   const Array y = standard.apply(test.rows);
//   // log p_x(x) = log p_y(y) + standard.log_abs_det(), in nats a row
//
// The scale is the standard deviation (divided by the count).  A constant column has none: it gets scale 1 and is
// listed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "elbo/engine/array.h"

namespace elbo::data {

struct Standardization {
  std::vector<double> mean;               // [dim]
  std::vector<double> scale;              // [dim], above 0
  std::vector<int64_t> constant_columns;  // counted from 0

  // rows: [count, dim], u8, i32, f32 or f64, count at least 1.  Throws DataError for a value that is not finite.
  static Standardization of(const Array& rows);
  // Of the rows numbered `which`, at least one.
  static Standardization of(const Array& rows, std::span<const int64_t> which);

  // rows and result: [count, dim]; the result is f64 for f64 and f32 otherwise.
  Array apply(const Array& rows) const;
  Array undo(const Array& rows) const;
  double log_abs_det() const;  // of apply: -sum of log scale
};

}  // namespace elbo::data
