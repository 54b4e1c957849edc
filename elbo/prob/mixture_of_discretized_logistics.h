// Mixture of discretized logistic distributions of levels 0, 1, ..., levels - 1, independent dimensions, each a mixture
// of its own.
//
//   prob::MixtureOfDiscretizedLogistics{.logits = l, .loc = m, .log_scale = s, .levels = 256}   // [batch, dim, k] each
//
//   p(level) = Σ_k w_k [ σ((x + h - loc_k)/scale_k) - σ((x - h - loc_k)/scale_k) ],  w = softmax(logits)
//                                                                                  Salimans et al. 2017, eq. 1 and 2
// x, h and the open ends: discretized_logistic.h.  The paper's coupling of colour channels is left out.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct MixtureOfDiscretizedLogistics {
  Tensor logits{};     // [batch, dim, components]
  Tensor loc{};        // [batch, dim, components]
  Tensor log_scale{};  // [batch, dim, components], or a shape that broadcasts to it
  int64_t levels = 256;

  std::string_view name() const { return "mixture-of-discretized-logistics"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  // No gradient reaches the parameters through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // No closed form but a sum over the levels: nothing.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  // The mean of the components' locations among the levels, not rounded.
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  MixtureOfDiscretizedLogistics held() const;
};

extern const DistributionFamily kMixtureOfDiscretizedLogisticsFamily;  // family.h

}  // namespace elbo::prob
