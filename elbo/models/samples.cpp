#include "elbo/models/samples.h"

#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::models {

Tensor mean_over_samples(Tensor values, int64_t samples) {
  if (samples == 1) return values;
  return mean(reshape(values, {samples, values.shape()[0] / samples}), {.axes = {0}});
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
