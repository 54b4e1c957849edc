// A linear-Gaussian Vae whose evidence is known:  z ~ N(0, I),  x = W z + μ + σ ε.
//
//   p(x) = N(μ, W Wᵀ + σ² I);  p(z | x) = N(m(x), S),  S = (I + Wᵀ W / σ²)⁻¹,  m = S Wᵀ (x - μ) / σ²
//
// The columns of W are orthogonal, so S is diagonal and a diagonal posterior can be exact.
#pragma once

#include <cmath>
#include <map>
#include <string>
#include <vector>

#include "elbo/engine/interpreter.h"
#include "elbo/engine/ops.h"
#include "elbo/models/vae.h"
#include "elbo/prob/normal.h"
#include "tests/support/arrays.h"
#include "tests/support/estimate.h"

namespace elbo::testing_support {

struct Toy {
  static constexpr int64_t kData = 3, kLatent = 2, kBatch = 4;
  static constexpr double kSigma = 0.5;

  // -log p(x) of each row.
  static std::vector<double> exact_nll();
  // KL(N(m + shift, stretch² S) || p(z | x)), the gap of that posterior.
  static double gap(double shift, double stretch);
  // Mean and variance of each latent dimension under the average of the rows' exact posteriors.
  struct Moments {
    std::vector<double> mean, variance;
  };
  static Moments moments_of_codes();
  // Constants enter as f64 inputs, so that nothing is rounded to f32.
  static std::map<std::string, Array> inputs();

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
