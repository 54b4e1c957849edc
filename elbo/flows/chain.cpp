#include "elbo/flows/chain.h"

#include <algorithm>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

using prob::AnyTransform;
using prob::FastDirection;
using prob::TransformResult;

Chain::Chain(std::vector<AnyTransform> parts, std::string name) : parts_(std::move(parts)), name_(std::move(name)) {
  if (parts_.empty()) throw ConfigError("chain: no transform was given, at least one is required");
  for (const AnyTransform& part : parts_) {
    if (part.dim() != parts_.front().dim()) {
      throw ConfigError("chain: " + std::string(parts_.front().name()) + " has " +
                        std::to_string(parts_.front().dim()) + " dimensions and " + std::string(part.name()) + " " +
                        std::to_string(part.dim()) + ": they must be equal");
    }
    if (part.context_dim() == 0) continue;
    if (context_dim_ != 0 && part.context_dim() != context_dim_) {
      throw ConfigError("chain: one part takes a context of " + std::to_string(context_dim_) + " columns and " +
                        std::string(part.name()) + " one of " + std::to_string(part.context_dim()));
    }
    context_dim_ = part.context_dim();
  }
}

FastDirection Chain::fast_direction() const {
  const auto all_fast = [&](FastDirection direction) {
    return std::all_of(parts_.begin(), parts_.end(), [&](const AnyTransform& part) {
      return part.fast_direction() == direction || part.fast_direction() == FastDirection::kBoth;
    });
  };
  const bool forward = all_fast(FastDirection::kForward), inverse = all_fast(FastDirection::kInverse);
  if (forward && inverse) return FastDirection::kBoth;
  if (forward) return FastDirection::kForward;
  return inverse ? FastDirection::kInverse : FastDirection::kNeither;
}

TransformResult Chain::forward(Tensor z, Tensor context) const {
  TransformResult result = parts_.front().forward(z, context);
  for (size_t i = 1; i < parts_.size(); ++i) {
    const auto [y, log_abs_det] = parts_[i].forward(result.y, context);
    result = {.y = y, .log_abs_det = result.log_abs_det + log_abs_det};
  }
  return result;
}

TransformResult Chain::inverse(Tensor y, Tensor context) const {
  TransformResult result = parts_.back().inverse(y, context);
  for (size_t i = parts_.size() - 1; i-- > 0;) {
    const auto [z, log_abs_det] = parts_[i].inverse(result.y, context);
    result = {.y = z, .log_abs_det = result.log_abs_det + log_abs_det};
  }
  return result;
}

}  // namespace elbo::flows
