// The model kind "ppca": probabilistic principal component analysis.          Tipping & Bishop (1999)
//
//   z ~ N(0, I),  x = μ + W z + σ e,  e ~ N(0, I)                                                        eq. 2
//   p(x) = N(μ, W Wᵀ + σ² I),  p(z | x) = N(M⁻¹ Wᵀ (x - μ), σ² M⁻¹),  M = Wᵀ W + σ² I              eq. 4 to 7
//
// It starts at its maximum-likelihood solution, which is known in closed form: with the eigenvalues λ_1 ≥ λ_2 ≥ ... of
// the covariance of the training rows, and the eigenvectors U of the q largest,
//
//   W = U (Λ_q - σ² I)^½,  σ² = (λ_{q+1} + ... + λ_d) / (d - q)
//
// Training only wanders about it from there, so one epoch is enough.
//
// Parameters: "loc" [d], "factor" [d, q], "log_scale" [1].
#pragma once

#include "elbo/models/kinds.h"
#include "elbo/prob/low_rank_normal.h"

namespace elbo::models {

extern const ModelKind kPpcaKind;

class PpcaModel final : public Model,
                        public Samples,
                        public Scores,
                        public Encodes,
                        public Reconstructs,
                        public Decodes {
 public:
  // Throws ConfigError unless the code is shorter than the rows.
  PpcaModel(const ModelSite& site, const Settings& settings);

  const nn::Parameters& parameters() const override { return parameters_; }
  Terms terms(Graph& graph, const Batch& batch, int64_t rows) const override;
  std::vector<ReadColumn> reads() const override { return {x_}; }
  Description describe() const override;
  // Sets the maximum-likelihood solution.  Throws DataError when the rows lie in fewer dimensions than they have
  // columns: there is then none.
  void initialize_from(const Array& rows) const override;

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
  VariablePtr loc_, factor_, log_scale_;
};

}  // namespace elbo::models
