// Logistic distribution, independent dimensions: close to a normal in the middle, tails that fall like exp(-|x|).
//
//   prob::Logistic{.loc = loc, .log_scale = log_scale}
//
//   log p(x) = Σ_d [ log σ(e_d) + log σ(-e_d) - log scale_d ],  e = (x - loc)/scale;  variance π²/3 scale²
//
// Its distribution function is σ(e); samples invert it: e = log u - log(1 - u) with u uniform.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct Logistic {
  Tensor loc{};        // [batch, dim]
  Tensor log_scale{};  // [batch, dim], or a shape that broadcasts to it

  std::string_view name() const { return "logistic"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Logistic held() const;
};

extern const DistributionFamily kLogisticFamily;  // family.h

}  // namespace elbo::prob
