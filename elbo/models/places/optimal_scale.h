// A normal distribution with the scale that suits the values best: the root of their mean squared error, one for all
// examples and columns.                                                           Rybkin et al. 2021, σ-VAE,
// section 3.2
//
//   log p(x) = Σ_d log N(x_d; loc_d, σ),  σ² = mean of (x - loc)² over rows and columns
//
// which is what maximises the sum of log p over σ, so that training has no scale to learn.  In a graph that trains, σ
// is that of the values that are scored, gradients pass through it, and a running mean of σ² follows at the end of the
// step; elsewhere rows are independent, and σ is that of the running mean.
#pragma once

#include "elbo/engine/variable.h"
#include "elbo/prob/distribution.h"
#include "elbo/prob/normal.h"

namespace elbo::models {

struct OptimalScaleNormal {
  Tensor loc{};               // [batch, dim]
  VariablePtr mean_square{};  // {1}: state, not trained
  double floor = 0;           // added to σ
  bool is_held = false;

  std::string_view name() const { return "normal"; }
  int64_t event_dim() const { return known().event_dim(); }
  int64_t rows() const { return known().rows(); }
  Tensor log_prob(Tensor value) const { return of(value).log_prob(value); }
  std::optional<Tensor> log_prob_terms(Tensor value) const { return of(value).log_prob_terms(value); }
  Tensor sample(Graph& graph, int64_t rows) const { return known().sample(graph, rows); }
  prob::SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const {
    return known().sample_and_log_prob(graph, rows);
  }
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const { return known().mean(graph, rows); }
  Tensor center(Graph& graph, int64_t rows) const { return known().center(graph, rows); }
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const { return known().entropy(graph, rows); }
  OptimalScaleNormal held() const;

 private:
  prob::Normal with(Tensor square_of_scale) const;
  prob::Normal known() const;           // by the running mean
  prob::Normal of(Tensor value) const;  // by the values, in a graph that trains
};

}  // namespace elbo::models
