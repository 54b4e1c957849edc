// Negative binomial distribution of counts, independent dimensions: Poisson counts whose rates vary.
//
//   prob::NegativeBinomial{.log_mean = log_mean, .log_scale = log_scale}
//
//   rate ~ Gamma of mean m and deviation scale · m,  x ~ Poisson(rate);  variance m + (scale · m)²
//   log p(x) = Σ_d [ log (r)_x - log x! - r log(1 + m/r) + x log(m / (r + m)) ],  r = 1/scale²
//
// Its form in models of counts with a mean and a dispersion (Lopez et al. 2018, scVI, has r for each column; scale 0
// would be the Poisson distribution).
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct NegativeBinomial {
  Tensor log_mean{};   // [batch, dim]
  Tensor log_scale{};  // [batch, dim], or a shape that broadcasts to it: of the rate, relative to its mean

  std::string_view name() const { return "negative-binomial"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  // No gradient reaches the parameters through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  // No closed form: nothing.
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  NegativeBinomial held() const;
};

extern const DistributionFamily kNegativeBinomialFamily;  // family.h

}  // namespace elbo::prob
