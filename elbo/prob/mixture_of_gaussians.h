// Mixture of normal distributions with independent dimensions.
//
//   prob::MixtureOfGaussians{.logits = logits, .loc = loc, .log_scale = log_scale}
//
//   log p(x) = log Σ_k w_k N(x; loc_k, scale_k),  w = softmax(logits)
//
// Both log_prob and samples have gradients by all three.  The choice of a component is a step function of the weights
// and passes none, so a sample's gradients are implicit: those with which it keeps its place in the distribution.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct MixtureOfGaussians {
  Tensor logits{};     // [batch, components]
  Tensor loc{};        // [batch, components, dim]
  Tensor log_scale{};  // [batch, components, dim], or a shape that broadcasts to it

  std::string_view name() const { return "mixture-of-gaussians"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // Σ_k w_k loc_k.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  // No closed form: nothing.
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  MixtureOfGaussians held() const;
};

extern const DistributionFamily kMixtureOfGaussiansFamily;  // family.h

}  // namespace elbo::prob
