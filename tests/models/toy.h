// A linear-Gaussian Vae whose evidence is known:  z ~ N(0, I),  x = W z + μ + σ ε.
//
//   p(x) = N(μ, W Wᵀ + σ² I);  p(z | x) = N(m(x), S),  S = (I + Wᵀ W / σ²)⁻¹,  m = S Wᵀ (x - μ) / σ²
//
// The columns of W are orthogonal, so S is diagonal and a diagonal posterior can be exact.
#pragma once

#include <Eigen/Dense>
#include <cmath>
#include <numbers>
#include <vector>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/models/vae.h"
#include "elbo/prob/normal.h"

namespace elbo::testing_support {

struct Toy {
  static constexpr int64_t kData = 3, kLatent = 2, kBatch = 4;
  static constexpr double kSigma = 0.5;

  static Eigen::MatrixXd w() { return (Eigen::MatrixXd(3, 2) << 1, 1, 1, -1, 0.5, 0).finished(); }
  static Eigen::VectorXd mu() { return (Eigen::VectorXd(3) << 0.25, -0.5, 1).finished(); }
  static Eigen::MatrixXd x() {
    return (Eigen::MatrixXd(4, 3) << 0.3, -0.2, 1.1, 2, 1, 0, -1.5, 0.5, 3, 0.25, -0.5, 1).finished();
  }
  static Eigen::MatrixXd s() {
    return (Eigen::MatrixXd::Identity(2, 2) + w().transpose() * w() / (kSigma * kSigma)).inverse();
  }

  static Array array(const Eigen::MatrixXd& matrix) {
    std::vector<double> values;
    for (Eigen::Index i = 0; i < matrix.rows(); ++i) {
      for (Eigen::Index j = 0; j < matrix.cols(); ++j) values.push_back(matrix(i, j));
    }
    return Array::of<double>({matrix.rows(), matrix.cols()}, values);
  }

  // -log p(x) of each row.
  static std::vector<double> exact_nll() {
    const Eigen::MatrixXd covariance = w() * w().transpose() + kSigma * kSigma * Eigen::MatrixXd::Identity(3, 3);
    std::vector<double> result;
    for (Eigen::Index n = 0; n < kBatch; ++n) {
      const Eigen::VectorXd d = x().row(n).transpose() - mu();
      const double quadratic = d.dot(covariance.ldlt().solve(d));
      result.push_back(0.5 * (quadratic + std::log(covariance.determinant()) + kData * std::log(2 * std::numbers::pi)));
    }
    return result;
  }

  // KL(N(m + shift, stretch² S) || p(z | x)), the gap of that posterior.
  static double gap(double shift, double stretch) {
    double kl = 0;
    for (Eigen::Index d = 0; d < kLatent; ++d) {
      kl += 0.5 * (stretch * stretch + shift * shift / s()(d, d) - 1) - std::log(stretch);
    }
    return kl;
  }

  // Constants enter as f64 inputs, so that nothing is rounded to f32.
  static std::map<std::string, Array> inputs() {
    std::map<std::string, Array> all;
    all.emplace("x", array(x()));
    all.emplace("w", array(w()));
    all.emplace("mu", array(mu().transpose()));
    all.emplace("map", array(s() * w().transpose() / (kSigma * kSigma)));
    all.emplace("scale", array(s().diagonal().cwiseSqrt().transpose()));
    return all;
  }

  explicit Toy(Graph& graph, double shift = 0, double stretch = 1)
      : w_(graph.input("w", {kData, kLatent})),
        mu_(graph.input("mu", {1, kData})),
        map_(graph.input("map", {kLatent, kData})),
        scale_(graph.input("scale", {1, kLatent})),
        vae{.prior = prob::StandardNormal{kLatent},
            .posterior =
                [this, shift, stretch](Tensor x) {
                  return prob::Normal{.loc = matmul(x - mu_, map_, {.transpose_b = true}) + shift,
                                      .scale = stretch * scale_};
                },
            .likelihood =
                [this](Tensor z) {
                  return prob::Normal{.loc = matmul(z, w_, {.transpose_b = true}) + mu_,
                                      .scale = z.graph().constant(kSigma)};
                }} {}
  Toy(const Toy&) = delete;

 private:
  Tensor w_, mu_, map_, scale_;

 public:
  models::Vae vae;
};

struct Estimate {
  double mean = 0;
  double standard_error = 0;
};

inline Estimate estimate(const std::vector<double>& values) {
  Estimate e;
  const auto count = static_cast<double>(values.size());
  for (const double value : values) e.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - e.mean) * (value - e.mean);
  e.standard_error = std::sqrt(squares / (count - 1) / count);
  return e;
}

inline std::vector<double> values_of(const Array& array) {
  const auto values = array.values<double>();
  return {values.begin(), values.end()};
}

// Values of one output over several steps of one seed: [step][element].
inline std::vector<std::vector<double>> over_steps(const Graph& graph, const std::map<std::string, Array>& inputs,
                                                   const std::string& output, uint64_t steps) {
  Interpreter run(graph);
  std::vector<std::vector<double>> result;
  for (uint64_t step = 0; step < steps; ++step) {
    result.push_back(values_of(run.run(inputs, {.seed = 12, .step = step}).at(output)));
  }
  return result;
}

inline std::vector<double> element(const std::vector<std::vector<double>>& steps, size_t index) {
  std::vector<double> result;
  for (const auto& values : steps) result.push_back(values[index]);
  return result;
}

}  // namespace elbo::testing_support
