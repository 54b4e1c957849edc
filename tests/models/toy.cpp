#include "tests/models/toy.h"

#include <Eigen/Dense>
#include <numbers>

namespace elbo::testing_support {
namespace {

using Eigen::MatrixXd;

MatrixXd w() {
  return (MatrixXd(3, 2) << 1, 1, 1, -1, 0.5, 0).finished();
}

Eigen::VectorXd mu() {
  return (Eigen::VectorXd(3) << 0.25, -0.5, 1).finished();
}

MatrixXd x() {
  return (MatrixXd(4, 3) << 0.3, -0.2, 1.1, 2, 1, 0, -1.5, 0.5, 3, 0.25, -0.5, 1).finished();
}

MatrixXd s() {
  return (MatrixXd::Identity(2, 2) + w().transpose() * w() / (Toy::kSigma * Toy::kSigma)).inverse();
}

Array array(const MatrixXd& matrix) {
  std::vector<double> values;
  for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
    for (Eigen::Index j = 0; j < matrix.cols(); ++j) values.push_back(matrix(i, j));
  }
  return Array::of<double>({matrix.rows(), matrix.cols()}, values);
}

}  // namespace

std::vector<double> Toy::exact_nll() {
  const MatrixXd covariance = w() * w().transpose() + kSigma * kSigma * MatrixXd::Identity(3, 3);
  std::vector<double> result;
  for (Eigen::Index n = 0; n < kBatch; ++n) {
    const Eigen::VectorXd d = x().row(n).transpose() - mu();
    const double quadratic = d.dot(covariance.ldlt().solve(d));
    result.push_back(0.5 * (quadratic + std::log(covariance.determinant()) + kData * std::log(2 * std::numbers::pi)));
  }
  return result;
}

double Toy::gap(double shift, double stretch) {
  double kl = 0;
  for (Eigen::Index d = 0; d < kLatent; ++d) {
    kl += 0.5 * (stretch * stretch + shift * shift / s()(d, d) - 1) - std::log(stretch);
  }
  return kl;
}

Toy::Moments Toy::moments_of_codes() {
  const MatrixXd centers = (x().rowwise() - mu().transpose()) * w() * s() / (kSigma * kSigma);
  Moments moments;
  for (Eigen::Index d = 0; d < kLatent; ++d) {
    const double mean = centers.col(d).mean();
    moments.mean.push_back(mean);
    moments.variance.push_back(s()(d, d) + (centers.col(d).array() - mean).square().mean());
  }
  return moments;
}

std::map<std::string, Array> Toy::inputs() {
  std::map<std::string, Array> all;
  all.emplace("x", array(x()));
  all.emplace("w", array(w()));
  all.emplace("mu", array(mu().transpose()));
  all.emplace("map", array(s() * w().transpose() / (kSigma * kSigma)));
  all.emplace("scale", array(s().diagonal().cwiseSqrt().transpose()));
  return all;
}

}  // namespace elbo::testing_support
