// Invert: a transform with its directions swapped.
//
//   flows::Invert{autoregressive}      // fast in the other direction
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

}  // namespace elbo::flows
