// Normal distributions with independent dimensions.
//
//   prob::Normal{.loc = loc, .scale = exp(log_scale)}        // scale: the standard deviation
//   prob::Normal{.loc = loc, .log_scale = log_scale}         // the same
//   prob::StandardNormal{20}
//
//   log p(x) = sum_d [ -½ ((x_d - loc_d) / scale_d)² - log scale_d - ½ log 2π ]
#pragma once

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// Exactly one of scale and log_scale is given, else ConfigError.  A scale that was made by exp(t) is not logged again:
// t is taken.  loc is [batch, dim]; the scale has the same shape, or one that broadcasts to it ([batch, 1], [1, dim],
// [dim], []).
struct Normal {
  Tensor loc{};
  Tensor scale{};
  Tensor log_scale{};
  std::string_view label = "normal";  // the family's name

  std::string_view name() const { return label; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  Normal held() const;

  // Both forms of the scale, whichever was given.
  struct Scales {
    Tensor scale;
    Tensor log_scale;
  };
  Scales scales() const;
};

// Mean 0 and variance 1 in every dimension; has no rows of its own.
struct StandardNormal {
  int64_t dim = 1;

  std::string_view name() const { return "standard-normal"; }
  int64_t event_dim() const { return dim; }
  int64_t rows() const { return 0; }
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  std::optional<Tensor> log_prob_terms(Tensor value) const;
  StandardNormal held() const { return *this; }
};

extern const DistributionFamily kNormalFamily, kIsotropicNormalFamily, kStandardNormalFamily;  // family.h

}  // namespace elbo::prob
