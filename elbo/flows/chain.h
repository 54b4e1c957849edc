// Chain: transforms one after the other, from base to data.
//
//   const flows::Chain flow = flows::chain(planar, flows::Invert{coupling});
//   log|det| is the sum over the parts; the inverse runs through them backwards.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "elbo/prob/transform.h"

namespace elbo::flows {

class Chain final : public prob::Transform {
 public:
  // Every part gets the same context.  Throws ConfigError when there is no part, or when they differ in dim or in the
  // width of the context they take.
  explicit Chain(std::vector<prob::AnyTransform> parts, std::string name = "chain");

  std::string_view name() const override { return name_; }
  int64_t dim() const override { return parts_.front().dim(); }
  int64_t context_dim() const override { return context_dim_; }
  prob::FastDirection fast_direction() const override;
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

  const std::vector<prob::AnyTransform>& parts() const { return parts_; }

 private:
  std::vector<prob::AnyTransform> parts_;
  std::string name_;
  int64_t context_dim_ = 0;
};

template <typename... Parts>
Chain chain(Parts... parts) {
  return Chain({prob::AnyTransform(std::move(parts))...});
}

}  // namespace elbo::flows
