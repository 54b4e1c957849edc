// Continuous Bernoulli: a density on [0, 1] that the cross-entropy of grey values is the log of, once normalised.
//                                                                             Loaiza-Ganem & Cunningham (2019), eq. 3
//   prob::ContinuousBernoulli{.logits = decoder(z)}                  // logits [batch, dim]
//
//   p(x) ∝ λ^x (1 - λ)^(1 - x),  λ = sigmoid(l):   log p(x) = Σ_d [ (x_d - ½) l_d - A(l_d) ],  A(l) = log(sinh(l/2) /
//   (l/2))
//
// In this form no two large numbers cancel: A is even, |l|/2 - log|l| far out and l²/24 near λ = ½, where a series
// is summed instead.  Samples come by the inverse of the distribution function, log(1 + u (e^l - 1)) / l, and have
// gradients by the logits.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct ContinuousBernoulli {
  Tensor logits{};

  std::string_view name() const { return "continuous-bernoulli"; }
  int64_t event_dim() const;
  int64_t rows() const;
  // Values outside of [0, 1] have no density; this is not checked.
  Tensor log_prob(Tensor value) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // λ / (2λ - 1) + 1 / (2 artanh(1 - 2λ)); not λ.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  ContinuousBernoulli held() const;
};

extern const DistributionFamily kContinuousBernoulliFamily;  // family.h

}  // namespace elbo::prob
