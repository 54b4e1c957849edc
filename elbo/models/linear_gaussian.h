// Two kinds of model whose code and rows are normal, and hang together in a line:
//
//   z ~ N(0, I),  x = μ + W z + e,  e ~ N(0, Ψ);  p(x) = N(μ, W Wᵀ + Ψ),  p(z | x) = N(M⁻¹ Wᵀ Ψ⁻¹ (x - μ), M⁻¹),
//   M = I + Wᵀ Ψ⁻¹ W
//
//   "ppca"             probabilistic principal component analysis, Ψ = σ² I               Tipping & Bishop (1999)
//   "factor-analysis"  Ψ diagonal, its numbers free                                       Rubin & Thayer (1982)
//
// They start at their maximum-likelihood solution (linear_gaussian_fit_internal.h), in closed form or by EM; training
// only wanders about it from there, so one epoch is enough.
//
// Parameters: "loc" [d], "factor" [d, q], "log_scale" [1] or [d], ½ log of Ψ.
#pragma once

#include "elbo/models/kinds.h"
#include "elbo/prob/low_rank_normal.h"

namespace elbo::models {

extern const ModelKind kPpcaKind, kFactorAnalysisKind;

enum class Noise : uint8_t { kShared, kColumns };

class LinearGaussianModel final : public Model,
                                  public Samples,
                                  public Scores,
                                  public Encodes,
                                  public Reconstructs,
                                  public Decodes {
 public:
  // Throws ConfigError unless the code is shorter than the rows.
  LinearGaussianModel(const ModelSite& site, const Settings& settings, Noise noise);

  const nn::Parameters& parameters() const override { return parameters_; }
  Terms terms(Graph& graph, const Batch& batch, int64_t rows) const override;
  std::vector<ReadColumn> reads() const override { return {x_}; }
  Description describe() const override;
  // Sets the maximum-likelihood solution.  Throws DataError when the rows lie in fewer dimensions than they have
  // columns: there is then none.
  void initialize_from(const Array& rows, const Array& context) const override;

  Tensor sample(Graph& graph, int64_t rows, bool draw) const override;
  bool has_means() const override { return false; }
  int64_t dim() const override { return dim_; }
  Tensor log_prob(const Batch& batch) const override;
  int64_t code_dim() const override { return code_dim_; }
  Tensor encode(const Batch& batch, bool draw) const override;
  Tensor reconstruct(const Batch& batch, bool draw) const override;
  Tensor decode(Tensor z) const override;

 private:
  prob::LowRankNormal density(Graph& graph) const;

  nn::Parameters parameters_;
  int64_t dim_;
  ReadColumn x_;
  int64_t code_dim_;
  Noise noise_;
  bool by_em_;
  VariablePtr loc_, factor_, log_scale_;
};

}  // namespace elbo::models
