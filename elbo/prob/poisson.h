// Poisson distribution of counts, independent dimensions.
//
//   prob::Poisson{.log_rate = decoder(z)}                  // [batch, dim]
//
//   log p(x) = Σ_d [ x_d log rate_d - rate_d - log x_d! ],  x = 0, 1, 2, ...;  mean and variance are the rate
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct Poisson {
  Tensor log_rate{};

  std::string_view name() const { return "poisson"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  // No gradient reaches the rates through a draw.
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  // No closed form: nothing.
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Poisson held() const;
};

extern const DistributionFamily kPoissonFamily;  // family.h

}  // namespace elbo::prob
