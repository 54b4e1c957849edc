// The model kind "conditional": the density of x given a context, by a flow whose parameters are computed from it.
//
//   p(x | c) = p_base(f⁻¹(x; h(c))) |det ∂f⁻¹/∂x|,  h a summary network or the context itself
//
// Fitted to pairs by the mean of -log p(x | c).  With parameters as x and what a simulator makes of them as c it is
// neural posterior estimation                     Papamakarios & Murray (2016); Greenberg, Nonnenmacher & Macke (2019)
//
// Parameters: "base", "flow", "summary".
#pragma once

#include <optional>

#include "elbo/models/kinds.h"
#include "elbo/nn/network.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::models {

extern const ModelKind kConditionalKind;

class ConditionalModel final : public Model, public Scores, public Conditions {
 public:
  ConditionalModel(const ModelSite& site, const Settings& settings);

  const nn::Parameters& parameters() const override { return parameters_; }
  Terms terms(Graph& graph, const Batch& batch, int64_t rows) const override;
  std::vector<ReadColumn> reads() const override;
  Description describe() const override { return description_; }
  std::vector<std::string> warnings() const override { return warnings_; }
  void initialize_from(const Array& rows, const Array& context) const override;

  int64_t dim() const override { return dim_; }
  Tensor log_prob(const Batch& batch) const override;
  int64_t context_dim() const override { return context_dim_; }
  prob::SampleAndLogProb draw_given(Tensor context) const override;

 private:
  prob::TransformedDistribution given(Tensor context) const;

  nn::Parameters parameters_;
  int64_t dim_, context_dim_;
  std::optional<nn::Network> summary_;
  prob::Distribution base_;
  prob::AnyTransform flow_;
  Description description_;
  std::vector<std::string> warnings_;
};

}  // namespace elbo::models
