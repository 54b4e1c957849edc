// Actnorm: y = loc + exp(log_scale) z, column by column; its first values come from a first batch of data
//                                                                            Kingma & Dhariwal (2018), section 3.1
//   log|det J| = Σ_i log_scale_i
//
//   const flows::ActNorm norm{parameters / "norm", {.dim = 20}};
//   norm.initialize(rows);      // then inverse(rows) has mean 0 and variance 1 in each column
//
// For those inside a flow, see data_initialization.h.  Parameters: "loc" [dim], "log_scale" [dim], zeros until then.
#pragma once

#include <string>

#include "elbo/flows/registry.h"

namespace elbo::flows {

struct ActNormOptions {
  int64_t dim = 1;
};

class ActNorm final : public prob::Transform {
 public:
  // Throws ConfigError for a dim below 1.
  ActNorm(const nn::Parameters& scope, const ActNormOptions& options);

  std::string_view name() const override { return "actnorm"; }
  int64_t dim() const override { return dim_; }
  prob::FastDirection fast_direction() const override { return prob::FastDirection::kBoth; }
  prob::TransformResult forward(Tensor z, Tensor context) const override;
  prob::TransformResult inverse(Tensor y, Tensor context) const override;

  // Sets loc and log_scale to mean and log standard deviation of the columns of rows [n, dim], f32 or f64.  A column
  // that does not vary gets scale 1.  Throws DataError for no rows, another width or values that are not finite.
  void initialize(const Array& rows) const;

 private:
  std::string path_;
  int64_t dim_;
  VariablePtr loc_, log_scale_;
};

// Has no `layers`: two are one.
extern const FlowFamily kActNormFamily;

}  // namespace elbo::flows
