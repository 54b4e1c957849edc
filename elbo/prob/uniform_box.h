// Uniform distribution on a box of fixed corners.
//
//   prob::UniformBox{.low = {-1, -1}, .high = {1, 1}}
//
//   log p(x) = -Σ_d log(high_d - low_d) inside, borders included, and -∞ outside
#pragma once

#include <vector>

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// Has no rows of its own.  Throws ConfigError unless low and high have as many numbers, at least one, all finite, and
// each high is above its low.
struct UniformBox {
  std::vector<double> low{};
  std::vector<double> high{};

  std::string_view name() const { return "uniform-box"; }
  int64_t event_dim() const { return static_cast<int64_t>(low.size()); }
  int64_t rows() const { return 0; }
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  UniformBox held() const { return *this; }
};

extern const DistributionFamily kUniformBoxFamily;  // family.h

}  // namespace elbo::prob
