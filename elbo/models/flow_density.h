// A density model: a base distribution pushed through a flow, fitted by maximum likelihood or by reverse KL.
//
//   const nn::Parameters parameters{{.seed = 0}};
//   const flows::Planar planar{parameters / "flow", {.dim = 2, .layers = 5}};
//   const models::FlowDensity density{parameters, {.base = prob::StandardNormal{2}, .flow = planar}};
//   const Tensor loss = -mean(density.log_prob(x));                 // x [batch, 2]
//   ... density.sample(graph, 1000) ...
//   ... reverse_kl_terms(density.sample_and_log_prob(graph, 500), target) ...          // reverse_kl.h
//
//   x = f(z), z from the base:   log p(x) = log p_base(z) - log|det df/dz|
//
// Rows are as they are given: data far from 0 or of very different scales are standardized before (data/encoding.h).
// In a graph that trains, batch normalisation takes its statistics from the rows, and follows them.
#pragma once

#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"
#include "elbo/prob/transform.h"

namespace elbo::models {

struct FlowDensityOptions {
  prob::Distribution base;
  prob::AnyTransform flow;
};

class FlowDensity final {
 public:
  // Throws ConfigError where there are no parameters to fit.
  FlowDensity(const nn::Parameters& parameters, const FlowDensityOptions& options);

  int64_t dim() const { return options_.flow.dim(); }
  const nn::Parameters& parameters() const { return parameters_; }

  // x [rows, dim] -> [rows] nats.
  Tensor log_prob(Tensor x) const;
  Tensor sample(Graph& graph, int64_t rows) const;  // [rows, dim]
  // Never runs the flow from data to base.  In a training graph throws ConfigError for batch normalisation, which has
  // no statistics of draws.
  prob::SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;

  // Sets what the flow takes its first values for from data (actnorm), by rows [n, dim].
  void initialize_from(const Array& rows) const;

  // Maximum likelihood runs the flow from data to base (inverse), reverse KL from base to data (forward).
  prob::FastDirection fast_direction() const { return options_.flow.fast_direction(); }

 private:
  nn::Parameters parameters_;
  FlowDensityOptions options_;
};

// Whether fitting by maximum likelihood runs a family through the direction that is not cheap.
bool fits_slowly(prob::FastDirection direction);
// The same of sampling, and of fitting by reverse KL.
bool samples_slowly(prob::FastDirection direction);

}  // namespace elbo::models
