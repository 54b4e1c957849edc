#include "elbo/models/samples.h"

#include <string>
#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::models {

Tensor mean_over_samples(Tensor values, int64_t samples) {
  if (samples == 1) return values;
  std::vector<int64_t> extents = values.shape().dims();
  extents.front() /= samples;
  extents.insert(extents.begin(), samples);
  return mean(reshape(values, Shape(extents)), {.axes = {0}});
}

int64_t require_batch(std::string_view who, Tensor x, std::string_view option, int64_t samples) {
  const std::string start = std::string(who) + ": ";
  if (samples < 1) {
    throw ConfigError(start + std::string(option) + " = " + std::to_string(samples) + ", must be at least 1");
  }
  if (!x.defined() || x.shape().rank() != 2) {
    throw ShapeError(start + "x " + (x.defined() ? to_string(x.shape()) : "is missing") +
                     ", rows [batch, data_dim] are required");
  }
  return x.shape()[0];
}

}  // namespace elbo::models
