// What a trained model shows: reconstructions of the first training images beside them, and draws from the prior.
#pragma once

#include <optional>

#include "elbo/data/dataset.h"
#include "elbo/models/vae.h"
#include "elbo/report/image.h"

namespace elbo::app::kong_li {

struct Pictures {
  report::Image reconstructions;  // pairs: the image, then the mean of p(x|z) for one draw z of q(z|x)
  report::Image samples;          // means of p(x|z), z drawn from the prior
};

struct PicturesOptions {
  int64_t count = 100;  // of each, at most
  uint64_t seed = 0;
  int threads = 0;
};

// Nothing where the rows of the data set are no images.
std::optional<Pictures> draw_pictures(const models::Vae& vae, const data::Dataset& dataset,
                                      const PicturesOptions& options);

}  // namespace elbo::app::kong_li
