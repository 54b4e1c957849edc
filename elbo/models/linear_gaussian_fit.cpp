#include <Eigen/Cholesky>
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <string>

#include "elbo/models/linear_gaussian_fit_internal.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// Below this share of the mean variance, what is left over is rounding.
constexpr double kLeastNoiseShare = 1e-7;
constexpr double kHeywoodShare = 1e-6;
// EM goes on until an iteration gains less, nats per example; near its end its steps shrink slowly, so the bound is far
// below what a figure shows.
constexpr double kLeastGain = 1e-11;
constexpr int64_t kMostIterations = 20'000;

// Columns of W as they are best compared: along the principal axes, from the longest on, their largest number positive.
// Either sign and any rotation would do; the same rows shall always give the same.
MatrixXd along_axes(const MatrixXd& factor) {
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(factor.transpose() * factor);
  MatrixXd turned = factor * solved.eigenvectors().rowwise().reverse();
  for (Eigen::Index k = 0; k < turned.cols(); ++k) {
    Eigen::Index largest = 0;
    turned.col(k).cwiseAbs().maxCoeff(&largest);
    if (turned(largest, k) < 0) turned.col(k) *= -1;
  }
  return turned;
}

template <typename Step>
LinearGaussianFit by_em(LinearGaussianFit fit, const MatrixXd& covariance, Step step) {
  double before = log_likelihood(fit, covariance);
  for (fit.iterations = 0; fit.iterations < kMostIterations;) {
    step(fit);
    ++fit.iterations;
    const double now = log_likelihood(fit, covariance);
    if (!(now - before > kLeastGain)) break;
    before = now;
  }
  fit.factor = along_axes(fit.factor);
  return fit;
}

}  // namespace

LinearGaussianFit closed_form_ppca(const MatrixXd& covariance, int64_t code_dim) {
  const Eigen::Index dim = covariance.rows();
  const Eigen::SelfAdjointEigenSolver<MatrixXd> solved(covariance);  // eigenvalues from the smallest on
  const double noise = solved.eigenvalues().head(dim - code_dim).mean();
  if (!(noise > kLeastNoiseShare * solved.eigenvalues().mean())) {
    throw DataError("the training rows lie in " + std::to_string(code_dim) + " of their " + std::to_string(dim) +
                    " dimensions, and have no density; a smaller latent.dimension or fewer columns are needed");
  }
  const VectorXd lengths = (solved.eigenvalues().tail(code_dim).array() - noise).max(0).sqrt();
  return {.factor = along_axes(solved.eigenvectors().rightCols(code_dim) * lengths.asDiagonal()),
          .noise = VectorXd::Constant(dim, noise)};
}

LinearGaussianFit em_ppca(const MatrixXd& covariance, int64_t code_dim) {
  closed_form_ppca(covariance, code_dim);  // that there is a maximum
  const Eigen::Index dim = covariance.rows();
  const double variance = covariance.trace() / static_cast<double>(dim);
  // Far from the solution, and of full rank: waves of different lengths over the columns.
  MatrixXd factor(dim, code_dim);
  for (Eigen::Index i = 0; i < dim; ++i) {
    for (Eigen::Index k = 0; k < code_dim; ++k) {
      factor(i, k) = std::sqrt(variance) * std::cos(static_cast<double>((k + 1) * (2 * i + 1)));
    }
  }
  return by_em({.factor = factor, .noise = VectorXd::Constant(dim, variance)}, covariance, [&](LinearGaussianFit& fit) {
    const MatrixXd& w = fit.factor;
    const double noise = fit.noise[0];
    const MatrixXd identity = MatrixXd::Identity(code_dim, code_dim);
    const MatrixXd inverse = (w.transpose() * w + noise * identity).llt().solve(identity);
    const MatrixXd sw = covariance * w;
    const MatrixXd next =
        (noise * identity + inverse * w.transpose() * sw).transpose().partialPivLu().solve(sw.transpose()).transpose();
    const double left = (covariance - sw * inverse * next.transpose()).trace() / static_cast<double>(dim);
    fit = {.factor = next, .noise = VectorXd::Constant(dim, left), .iterations = fit.iterations};
  });
}

LinearGaussianFit em_factor_analysis(const MatrixXd& covariance, int64_t code_dim) {
  LinearGaussianFit first = closed_form_ppca(covariance, code_dim);
  const VectorXd least = kHeywoodShare * covariance.diagonal();
  const auto held = [&](const VectorXd& noise) { return VectorXd(noise.cwiseMax(least)); };
  first.noise = held(covariance.diagonal() - first.factor.rowwise().squaredNorm());
  return by_em(std::move(first), covariance, [&](LinearGaussianFit& fit) {
    const MatrixXd& w = fit.factor;
    const MatrixXd identity = MatrixXd::Identity(code_dim, code_dim);
    const MatrixXd weighed = fit.noise.cwiseInverse().asDiagonal() * w;                   // Ψ⁻¹ W
    const MatrixXd inverse = (identity + w.transpose() * weighed).llt().solve(identity);  // M⁻¹
    const MatrixXd codes = inverse * weighed.transpose();                                 // E z = codes (x - μ)
    const MatrixXd cross = covariance * codes.transpose();                                // E x zᵀ
    const MatrixXd next = (inverse + codes * cross).llt().solve(cross.transpose()).transpose();
    fit.noise = held(covariance.diagonal() - (next.array() * cross.array()).rowwise().sum().matrix());
    fit.factor = next;
  });
}

// By matrices of the code's size: |Σ| = |M| |Ψ|, Σ⁻¹ = Ψ⁻¹ - Ψ⁻¹ W M⁻¹ Wᵀ Ψ⁻¹.
double log_likelihood(const LinearGaussianFit& fit, const MatrixXd& covariance) {
  const MatrixXd weighed = fit.noise.cwiseInverse().asDiagonal() * fit.factor;
  const MatrixXd identity = MatrixXd::Identity(fit.factor.cols(), fit.factor.cols());
  const Eigen::LLT<MatrixXd> solved(identity + fit.factor.transpose() * weighed);
  const double log_det = 2 * solved.matrixLLT().diagonal().array().log().sum() + fit.noise.array().log().sum();
  const double square = covariance.diagonal().cwiseQuotient(fit.noise).sum() -
                        solved.solve(weighed.transpose() * covariance * weighed).trace();
  return -0.5 * (static_cast<double>(fit.noise.size()) * std::log(2 * std::numbers::pi) + log_det + square);
}

}  // namespace elbo::models
