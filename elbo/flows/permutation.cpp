#include "elbo/flows/permutation.h"

#include <algorithm>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::TransformResult;

Permutation::Permutation(std::vector<int64_t> order) : order_(std::move(order)) {
  std::vector<int64_t> sorted = order_;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int64_t>(i)) {
      throw ConfigError("permutation: column " + std::to_string(i) + " of " + std::to_string(sorted.size()) +
                        " does not stand in the order exactly once");
    }
  }
  if (order_.empty()) throw ConfigError("permutation: the order is empty, at least one column is required");
  inverse_ = inverse_order(order_);
}

TransformResult Permutation::forward(Tensor z, Tensor /*context*/) const {
  return {.y = permute_columns(z, order_), .log_abs_det = zeros(z.graph(), {z.shape()[0]})};
}

TransformResult Permutation::inverse(Tensor y, Tensor /*context*/) const {
  return {.y = permute_columns(y, inverse_), .log_abs_det = zeros(y.graph(), {y.shape()[0]})};
}

const FlowFamily kReversalFamily{.name = "reversal",
                                 .description = "the columns in reverse",
                                 .paper = "Dinh, Krueger & Bengio 2015",
                                 .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform {
                                   return Permutation{reversed_columns(site.dim)};
                                 }};

const FlowFamily kPermutationFamily{.name = "permutation",
                                    .description = "the columns in a random order that stays",
                                    .paper = "Kingma & Dhariwal 2018",
                                    .make = [](const FlowSite& site, const Settings&) -> prob::AnyTransform {
                                      return Permutation{shuffled_columns(site.dim, site.scope.path())};
                                    }};

}  // namespace elbo::flows
