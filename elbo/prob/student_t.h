// Student's t with independent dimensions and a fixed number of degrees of freedom: normal in the middle, tails that
// fall like |x|^-(degrees + 1).
//
//   prob::StudentT{.loc = loc, .log_scale = log_scale, .degrees = 5}
//   prob::StandardStudentT{.dim = 20, .degrees = 5}                       // loc 0, scale 1
//
//   log p(x) = Σ_d [ log Γ((ν+1)/2) - log Γ(ν/2) - ½ log νπ - log scale_d - (ν+1)/2 log(1 + e_d²/ν) ],
//   e = (x - loc)/scale,  ν = degrees, at least 0.5
//
// Samples follow Bailey (1994): e = √(ν (u^(-2/ν) - 1)) cos 2πv with u, v uniform; exact for every ν.
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// Throws ConfigError for degrees below 0.5 or not finite: in f32, samples would overflow.
struct StudentT {
  Tensor loc{};        // [batch, dim]
  Tensor log_scale{};  // [batch, dim], or a shape that broadcasts to it
  double degrees = 5;

  std::string_view name() const { return "student-t"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // Nothing for one degree of freedom or less.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  StudentT held() const;
};

// Has no rows of its own.
struct StandardStudentT {
  int64_t dim = 1;
  double degrees = 5;

  std::string_view name() const { return "standard-student-t"; }
  int64_t event_dim() const { return dim; }
  int64_t rows() const { return 0; }
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  StandardStudentT held() const { return *this; }
};

extern const DistributionFamily kStudentTFamily, kStandardStudentTFamily;  // family.h

}  // namespace elbo::prob
