// Bernoulli distributions with independent dimensions, from logits.
//
//   prob::Bernoulli{.logits = decoder(z)}                  // logits [batch, dim]: log(p / (1 - p))
//
//   log p(x) = sum_d [ x_d logits_d - softplus(logits_d) ]
//
// Values may be any x in [0, 1].  For 0 and 1 this is a probability.  For grey values it is the negative cross-entropy
// that the literature reports for "real-valued MNIST": the bound of an image whose pixels are drawn with those means,
// without the entropy of that draw.  It is not a normalised density of grey values, so figures on grey values compare
// only with figures on the same grey values.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct Bernoulli {
  Tensor logits{};

  std::string_view name() const { return "bernoulli"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  // 0 or 1; no gradient reaches the logits through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // The probabilities, sigmoid(logits).
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Bernoulli held() const;
};

extern const DistributionFamily kBernoulliFamily;  // family.h

}  // namespace elbo::prob
