// Encoding: what the numbers of a file are to a model, and back.
//
//   const Array y = encoding.encode(rows, numbers, false);       // as a file holds them -> f32 or u8, as graph inputs
//   take them const Array u = encoding.decode(y_of_model);       // f64, in the units of the data
//   // log p(u) = log p_model(y) + encoding.log_abs_det(), in nats a row
//
// Decided once, by the training rows, and kept by a run, so that every file is read alike whatever its dtype.  All of
// it is computed in double precision; only what comes out is single.
//
//   value v of the file    u = v / unit                     in the units of the data, those of figures and samples
//                          y = (v - mean) / deviation       for a model, standardized, or
//                          y = v / scale                    not standardized, or
//                          y = v                            whole: a model of levels or counts
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "elbo/data/standardization.h"
#include "elbo/engine/array.h"

namespace elbo::data {

struct Encoding {
  int64_t dim = 0;
  double scale = 1;  // the number that counts as 1, and is white in pictures.  255: grey values of bytes
  double unit = 1;   // 255: a data set of images, whose grey values are from 0 to 1 whatever its files hold
  std::optional<Standardization> standardization;
  // Whole numbers v stand for the interval from v to v + 1, of which a model sees a uniform draw.
  bool dequantized = false;
  bool whole = false;  // a model sees the whole numbers themselves, whatever the scale

  double divisor() const { return whole ? 1 : scale; }  // of what is not standardized

  // rows [n, dim], u8, i32, f32 or f64, of which those numbered `which` are taken, in that order.  f32, or `as_bytes`,
  // which nothing standardized can be, u8: these a graph divides by `divisor()`.  DataError for what is not finite as
  // f32.
  Array encode(const Array& rows, std::span<const int64_t> which, bool as_bytes) const;
  // y [n, dim] f32, as a model sees and makes them -> f64.
  Array decode(const Array& y) const;
  // Values that pictures show, from 0 to 1: v / scale.  f32.
  Array grey(const Array& y) const;
  // Of the map from u to y.
  double log_abs_det() const;

  // Of the noise, as a model sees it: y + width * (uniform + offset).  Empty: none.
  std::vector<double> noise_width() const;
  double noise_offset() const { return standardization ? -0.5 : 0.0; }
};

// Whether every value is a whole number from 0 to 255.  Missing ones (NaN) are passed over: rows that have some are not
// read.
bool holds_bytes(const Array& rows);
// The lowest and the highest, missing ones passed over; the infinities without any.
std::pair<double, double> range_of(const Array& rows);

}  // namespace elbo::data
