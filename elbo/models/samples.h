// Several latent samples an example: rows s * batch + r (see prob/distribution.h).
#pragma once

#include <string_view>

#include "elbo/engine/graph.h"

namespace elbo::models {

// [samples * batch, ...] -> [batch, ...]: the mean over the samples of each example.
Tensor mean_over_samples(Tensor values, int64_t samples);

// The batch of x; throws ShapeError unless x is [batch, data_dim], and ConfigError when `samples` is below 1.
int64_t require_batch(std::string_view who, Tensor x, std::string_view option, int64_t samples);

}  // namespace elbo::models
