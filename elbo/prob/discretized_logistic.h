// Discretized logistic distribution of levels 0, 1, ..., levels - 1, independent dimensions: a logistic variable,
// rounded to the nearest level.
//
//   prob::DiscretizedLogistic{.loc = loc, .log_scale = log_scale, .levels = 256}
//
//   x = -1 + 2 level / (levels - 1),  h = 1 / (levels - 1)
//   p(level) = σ((x + h - loc)/scale) - σ((x - h - loc)/scale)                    Salimans et al. 2017, eq. 2
//
// with everything below the lowest level and above the highest counted to them.  loc and scale are in the units of x,
// which lies between -1 and 1.  In a VAE: Kingma et al. 2016.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct DiscretizedLogistic {
  Tensor loc{};        // [batch, dim]
  Tensor log_scale{};  // [batch, dim], or a shape that broadcasts to it
  int64_t levels = 256;

  std::string_view name() const { return "discretized-logistic"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  // No gradient reaches the parameters through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // No closed form but a sum over the levels: nothing.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  // The location among the levels, not rounded.
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  DiscretizedLogistic held() const;
};

extern const DistributionFamily kDiscretizedLogisticFamily;  // family.h

}  // namespace elbo::prob
