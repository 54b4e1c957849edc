// Pictures of a density in the plane: data, log-density and samples side by side.
//
//   const PlaneView view = view_of(data);
//   const Array field = log_density_grid(density, dataset, view, {.columns = 300, .rows = 300});
//   const report::Image picture = density_picture({.data = data, .field = field, .samples = samples, .view = view});
#pragma once

#include "elbo/data/dataset.h"
#include "elbo/engine/array.h"
#include "elbo/models/model.h"
#include "elbo/report/image.h"
#include "elbo/report/svg.h"
#include "elbo/report/ticks.h"

namespace elbo::run {

struct PlaneView {
  report::Range x, y;
};
// Where all but the outermost points lie, with room around them.  points [n, 2], n at least 1.
PlaneView view_of(const Array& points);

struct GridOptions {
  int64_t columns = 300;
  int64_t rows = 300;
  int threads = 0;
};
// The middles of the cells of a grid over the view, row by row, the lowest y first: f64 [rows * columns, 2].
Array plane_grid(const PlaneView& view, const GridOptions& options);
// log p there, in the units of `dataset`, which the density is of: f32 [rows, columns], row 0 the lowest y.
Array log_density_grid(const models::Model& density, const data::Dataset& dataset, const PlaneView& view,
                       const GridOptions& options = {});

struct DensityPicture {
  const Array& data;     // [n, 2]
  const Array& field;    // of log_density_grid
  const Array& samples;  // [n, 2]
  PlaneView view;
};
report::Image density_picture(const DensityPicture& picture);
// With captions, axes and a color bar.
report::Svg density_drawing(const DensityPicture& picture, const std::string& title);

// points [n, 2] as dots.
report::Image scatter_picture(const Array& points, const PlaneView& view, int side);

}  // namespace elbo::run
