// Invert: a transform with its directions swapped.
//
//   flows::Invert{autoregressive}                   // fast in the other direction
//   flows::fast_forward(family.build(...))          // turned round only where that makes sampling the cheap direction
#pragma once

#include <utility>

#include "elbo/prob/transform.h"

namespace elbo::flows {

class Invert final : public prob::Transform {
 public:
  explicit Invert(prob::AnyTransform inner) : inner_(std::move(inner)) {}

  std::string_view name() const override { return "invert"; }
  int64_t dim() const override { return inner_.dim(); }
  int64_t context_dim() const override { return inner_.context_dim(); }
  prob::FastDirection fast_direction() const override {
    switch (inner_.fast_direction()) {
      case prob::FastDirection::kForward:
        return prob::FastDirection::kInverse;
      case prob::FastDirection::kInverse:
        return prob::FastDirection::kForward;
      default:
        return inner_.fast_direction();
    }
  }
  prob::TransformResult forward(Tensor z, Tensor context) const override { return inner_.inverse(z, context); }
  prob::TransformResult inverse(Tensor y, Tensor context) const override { return inner_.forward(y, context); }

 private:
  prob::AnyTransform inner_;
};

// For sampling with the density of what is sampled (posteriors): the transform, inverted if it is fast only that way.
inline prob::AnyTransform fast_forward(prob::AnyTransform transform) {
  if (transform.fast_direction() != prob::FastDirection::kInverse) return transform;
  return Invert{std::move(transform)};
}

// For the density of given values (priors): the transform, inverted if it is fast only from base to data.
inline prob::AnyTransform fast_inverse(prob::AnyTransform transform) {
  if (transform.fast_direction() != prob::FastDirection::kForward) return transform;
  return Invert{std::move(transform)};
}

}  // namespace elbo::flows
