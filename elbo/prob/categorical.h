// Categorical distribution of levels 0, 1, ..., levels - 1, independent dimensions: a probability for each level, and
// so any shape of distribution, at the price of as many numbers.
//
//   prob::Categorical{.logits = reshape(decoder(z), {batch, 784, 256})}
//
//   log p(x) = Σ_d [ logits_{d, x_d} - log Σ_k exp(logits_{d, k}) ]
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct Categorical {
  Tensor logits{};  // [batch, dim, levels]

  std::string_view name() const { return "categorical"; }
  int64_t event_dim() const;
  int64_t rows() const;
  // Of whole numbers below `levels`.
  Tensor log_prob(Tensor value) const;
  // No gradient reaches the logits through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // Σ_k k p_k, between the levels.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Categorical held() const;
};

extern const DistributionFamily kCategoricalFamily;  // family.h

}  // namespace elbo::prob
