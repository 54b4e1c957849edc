// TransformedDistribution: a base pushed through a transform.
//
//   prob::TransformedDistribution{.base = prob::Normal{.loc = loc, .scale = scale}, .transform = planar}
//
//   log p(y) = log p_base(z) - log|det dy/dz|,  y = transform(z)        (change of variables)
//
// held(d) holds the base, the context and all variables that the transform reads; tensors that a transform keeps
// itself, as none of flows/ does, are not held.
//
// Sampling uses the transform's forward direction, log_prob of a given value its inverse; sample_and_log_prob carries
// the density along and never inverts.
#pragma once

#include "elbo/prob/distribution.h"
#include "elbo/prob/transform.h"

namespace elbo::prob {

struct TransformedDistribution {
  Distribution base;
  AnyTransform transform;
  Tensor context{};  // [batch, context_dim], for transforms that take one

  std::string_view name() const { return "transformed"; }
  int64_t event_dim() const;
  int64_t rows() const;
  Tensor log_prob(Tensor value) const;
  Tensor sample(Graph& graph, int64_t rows) const;
  SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // No closed form: nothing.
  std::optional<Tensor> mean(Graph& graph, int64_t rows) const;
  // The base's center pushed through; not the mean.
  Tensor center(Graph& graph, int64_t rows) const;
  std::optional<Tensor> entropy(Graph& graph, int64_t rows) const;
  TransformedDistribution held() const;
};

}  // namespace elbo::prob
