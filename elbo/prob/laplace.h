// Laplace distribution, independent dimensions: a peak in the middle, tails that fall like exp(-|x|).  As a likelihood
// it measures errors by their size and not by their square.
//
//   prob::Laplace{.loc = loc, .log_scale = log_scale}
//
//   log p(x) = -Σ_d [ |e_d| + log 2 scale_d ],  e = (x - loc)/scale;  variance 2 scale²
//
// Samples invert the distribution function: e = -sign(u - ½) log(2 min(u, 1 - u)) with u uniform.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct Laplace {
  Tensor loc{};        // [batch, dim]
  Tensor log_scale{};  // [batch, dim], or a shape that broadcasts to it

  std::string_view name() const { return "laplace"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Laplace held() const;
};

extern const DistributionFamily kLaplaceFamily;  // family.h

}  // namespace elbo::prob
