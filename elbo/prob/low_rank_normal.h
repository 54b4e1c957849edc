// Normal distribution whose dimensions have noise of their own and noise that a few of them share:
//
//   prob::LowRankNormal{.loc = loc, .log_scale = log_scale, .factor = factor}
//
//   x = loc + scale (e + F u),  e and u standard normal of dim and rank numbers;  covariance S (I + F Fᵀ) S, S = diag
//   scale log p(x) = -½ aᵀ (I + F Fᵀ)⁻¹ a - Σ_d log scale_d - ½ log det(I + Fᵀ F) - dim/2 log 2π,  a = (x - loc) /
//   scale
//
// The quadratic form is the smallest ‖a - F u‖² + ‖u‖² over u: what is left of (a, 0) when the columns of (F, I) are
// taken out of it.  Their orthogonalisation (modified Gram-Schmidt) gives the determinant too, and loses no digits
// where F is large.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

struct LowRankNormal {
  Tensor loc{};        // [batch, dim]
  Tensor log_scale{};  // [batch or 1, dim]
  Tensor factor{};     // F: [batch or 1, dim, rank]

  std::string_view name() const { return "low-rank-normal"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  LowRankNormal held() const;

  // log det(I + Fᵀ F): [batch or 1, 1].  Throws ShapeError unless the three tensors fit each other.
  Tensor log_det() const;
  // u given a value [n, dim], which is normal with covariance (I + Fᵀ F)⁻¹: its mean, or a draw, [n, rank].
  Tensor shared_mean(Tensor value) const;
  Tensor shared_draw(Tensor value) const;

 private:
  Tensor standardized(Tensor value) const;  // e + F u: [n, dim]
};

extern const DistributionFamily kLowRankNormalFamily;  // family.h

}  // namespace elbo::prob
