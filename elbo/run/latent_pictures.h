// Pictures of a latent space of two dimensions.
//
//   const report::Svg svg = latent_drawing(*model, dataset, data::Split::kTest, {.title = "vae-1"});
//   const Array rows = manifold_rows(*model, {.side = 20});
#pragma once

#include <cstdint>
#include <string>

#include "elbo/data/dataset.h"
#include "elbo/models/model.h"
#include "elbo/report/image.h"
#include "elbo/report/svg.h"

namespace elbo::run {

struct LatentPictureOptions {
  int64_t side = 160;   // cells of the field, or images of the manifold, along each dimension
  int64_t rows = 2000;  // of the split, the first so many, whose posteriors are averaged
  uint64_t seed = 0;
  int threads = 0;
  std::string title;
};

// log q(z), the mean of the posteriors of a split's rows, with contours of the prior at the levels that hold half, 90 %
// and 99 % of its draws; beside it the prior.  For a model with a latent variable of two dimensions.
report::Svg latent_drawing(const models::Model& model, const data::Dataset& dataset, data::Split split,
                           const LatentPictureOptions& options);

// What codes decode to that cut the prior into equal shares, dimension by dimension: the first from left to right, the
// second from bottom to top.  [side * side, dim] f32, from the upper row on.
Array manifold_rows(const models::Model& model, const LatentPictureOptions& options);

}  // namespace elbo::run
