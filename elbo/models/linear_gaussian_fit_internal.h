// Maximum-likelihood factors of a covariance: S ≈ W Wᵀ + Ψ.
//
//   const LinearGaussianFit fit = closed_form_ppca(covariance, 2);
//   fit.factor;    // W [d, 2]
//
// In double; covariance [d, d] is that of the training rows, divided by their number, and 0 < code_dim < d.  Each
// throws DataError where S is singular so far that no noise would be left: the likelihood has then no maximum.
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace elbo::models {

struct LinearGaussianFit {
  Eigen::MatrixXd factor;  // W [d, code_dim]
  Eigen::VectorXd noise;   // the diagonal of Ψ [d]
  int64_t iterations = 0;  // of EM
};

// Ψ = σ² I.  With the eigenvalues λ_1 ≥ λ_2 ≥ ... of S, and the eigenvectors U of the q largest,
//
//   W = U (Λ_q - σ² I)^½,  σ² = (λ_{q+1} + ... + λ_d) / (d - q)            Tipping & Bishop (1999), eq. 15 and 16
LinearGaussianFit closed_form_ppca(const Eigen::MatrixXd& covariance, int64_t code_dim);
// The same by EM, W up to a rotation of the code.                                                      eq. 27 and 28
LinearGaussianFit em_ppca(const Eigen::MatrixXd& covariance, int64_t code_dim);
// Ψ diagonal, by EM from the solution above.  A column whose noise falls below a millionth of its variance is held
// there (a Heywood case: its likelihood has no bound).                                         Rubin & Thayer (1982)
LinearGaussianFit em_factor_analysis(const Eigen::MatrixXd& covariance, int64_t code_dim);

// The mean over the rows of log N(x; mean, W Wᵀ + Ψ), nats.
double log_likelihood(const LinearGaussianFit& fit, const Eigen::MatrixXd& covariance);

}  // namespace elbo::models
