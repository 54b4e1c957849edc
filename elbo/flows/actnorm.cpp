#include "elbo/flows/actnorm.h"

#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

namespace {

// A column whose deviation is less than this part of its size does not vary.
constexpr double kNoDeviation = 1e-6;

Tensor each_row(Tensor value, int64_t rows) {
  return broadcast_to(value, {rows});
}

}  // namespace

ActNorm::ActNorm(const nn::Parameters& scope, const ActNormOptions& options) : path_(scope.path()), dim_(options.dim) {
  if (dim_ < 1) throw ConfigError("actnorm at " + path_ + ": dim = " + std::to_string(dim_) + ", must be at least 1");
  loc_ = scope.get("loc", {.shape = {dim_}});
  log_scale_ = scope.get("log_scale", {.shape = {dim_}});
}

TransformResult ActNorm::forward(Tensor z, Tensor /*context*/) const {
  Graph& graph = z.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const Tensor log_scale = graph.variable(log_scale_);
  return {.y = graph.variable(loc_) + exp(log_scale) * z, .log_abs_det = each_row(sum(log_scale), z.shape()[0])};
}

TransformResult ActNorm::inverse(Tensor y, Tensor /*context*/) const {
  Graph& graph = y.graph();
  const Graph::ScopeGuard scope = graph.scope(path_);
  const Tensor log_scale = graph.variable(log_scale_);
  return {.y = (y - graph.variable(loc_)) * exp(-log_scale), .log_abs_det = each_row(-sum(log_scale), y.shape()[0])};
}

void ActNorm::initialize(const Array& rows) const {
  const std::string who = "actnorm at " + path_ + ": ";
  const Shape& shape = rows.shape();
  if (shape.rank() != 2 || shape[1] != dim_ || shape[0] < 1) {
    throw DataError(who + "its first batch is " + to_string(shape) + ", at least one row of " + std::to_string(dim_) +
                    " is required");
  }
  const Array wide = rows.cast(DType::kF64);
  const auto values = wide.values<double>();
  const auto dim = static_cast<size_t>(dim_);
  const auto count = static_cast<double>(shape[0]);
  for (size_t d = 0; d < dim; ++d) {
    double mean = 0, squares = 0;
    for (size_t i = d; i < values.size(); i += dim) mean += values[i] / count;
    for (size_t i = d; i < values.size(); i += dim) squares += (values[i] - mean) * (values[i] - mean) / count;
    const double deviation = std::sqrt(squares);
    if (!std::isfinite(deviation)) {
      throw DataError(who + "column " + std::to_string(d) + " of its first batch is not finite");
    }
    loc_->value.values<float>()[d] = static_cast<float>(mean);
    const bool varies = deviation > kNoDeviation * (std::abs(mean) + kNoDeviation);
    log_scale_->value.values<float>()[d] = varies ? static_cast<float>(std::log(deviation)) : 0.0f;
  }
}

const FlowFamily kActNormFamily{.name = "actnorm",
                                .description = "loc + scale z, first set so that a batch of data is standardised",
                                .paper = "Kingma & Dhariwal 2018",
                                .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform {
                                  return ActNorm{site.scope, {.dim = site.dim}};
                                }};

}  // namespace elbo::flows
