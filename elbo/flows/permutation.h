// Permutation: the columns in another, fixed order.  log|det J| = 0; both directions are a copy.
//
//   const flows::Permutation reversal{flows::reversed_columns(20)};
//   const flows::Permutation mixing{flows::shuffled_columns(20, "flow.3")};
#pragma once

#include <vector>

#include "elbo/flows/columns.h"
#include "elbo/flows/registry.h"

namespace elbo::flows {

class Permutation final : public prob::Transform {
 public:
  // Column i of the data is column order[i] of the base.  Throws ConfigError unless each column stands there once.
  explicit Permutation(std::vector<int64_t> order);

  std::string_view name() const override { return "permutation"; }
  int64_t dim() const override { return static_cast<int64_t>(order_.size()); }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

  const std::vector<int64_t>& order() const { return order_; }

 private:
  std::vector<int64_t> order_, inverse_;
};

// Neither has `layers`: a permutation of a permutation is one.
extern const FlowFamily kReversalFamily;
extern const FlowFamily kPermutationFamily;

}  // namespace elbo::flows
