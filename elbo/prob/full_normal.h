// Normal distribution with any covariance, by its Cholesky factor L:  x = loc + L e,  e standard normal.
//
//   prob::FullNormal{.loc = loc, .log_diagonal = log_diagonal, .lower = lower}
//
//   log p(x) = -½ ‖L⁻¹(x - loc)‖² - Σ_d log l_dd - dim/2 log 2π,   covariance L Lᵀ
//
// L has exp(log_diagonal) on its diagonal and what `lower` holds below it; nothing else of `lower` is read, so any
// numbers make a distribution.  L⁻¹(x - loc) comes by substitution, one dimension after the other; a sample and its
// density need no substitution.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct FullNormal {
  Tensor loc{};           // [batch, dim]
  Tensor log_diagonal{};  // [batch or 1, dim]
  Tensor lower{};         // [batch or 1, dim, dim]

  std::string_view name() const { return "full-normal"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  FullNormal held() const;

  // L itself, [batch or 1, dim, dim].  Throws ShapeError unless the three tensors fit each other.
  Tensor factor() const;
};

extern const DistributionFamily kFullNormalFamily;  // family.h

}  // namespace elbo::prob
