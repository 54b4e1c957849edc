// A density model: a base distribution pushed through a flow, fitted by maximum likelihood or by reverse KL.
//
//   const nn::Parameters parameters{{.seed = 0}};
//   const models::FlowDensity density{parameters, {.flow = "maf", .flow_options = {.dim = 2, .layers = 5}}};
//   const Tensor loss = -mean(density.training_log_prob(x));        // x [batch, 2]
//   ... density.log_prob(x) ... density.sample(graph, 1000) ...
//   ... reverse_kl_terms(density.training_sample_and_log_prob(graph, 500), target) ...          // reverse_kl.h
//
//   x = m + s * f(z), z from the base:   log p(x) = log p_base(z) - log|det df/dz| - Σ_d log s_d
//
// Base and flow see standardized rows, (x - m) / s; what goes in and what comes out is in the units of the data.
// Parameters: "base", "flow", and as state that is not trained "standardization.mean", "standardization.scale" [dim].
#pragma once

#include <string>
#include <vector>

#include "elbo/flows/registry.h"
#include "elbo/models/base.h"
#include "elbo/nn/parameters.h"
#include "elbo/prob/distribution.h"
#include "elbo/prob/transform.h"

namespace elbo::models {

struct FlowDensityOptions {
  std::string base = "standard-normal";  // a name of models/base.h
  BaseOptions base_options;
  std::string flow = "real-nvp";    // a name of flows/registry.h
  flows::FlowOptions flow_options;  // with `training` left at false
  bool inverted = false;            // the family the other way round: what was its inverse carries base to data
  // Of the standardization, [dim] each; empty: 0 and 1, or what a checkpoint then puts there.
  std::vector<double> mean;
  std::vector<double> scale;
};

class FlowDensity final {
 public:
  // Throws ConfigError for an unknown name, for a flow that does not map the whole space onto itself, for one without
  // parameters where the base has none either, and for a standardization of another length or with a scale that is
  // not above 0.
  FlowDensity(const nn::Parameters& parameters, const FlowDensityOptions& options);

  int64_t dim() const { return flow_.dim(); }
  const FlowDensityOptions& options() const { return options_; }
  const nn::Parameters& parameters() const { return parameters_; }

  // x [rows, dim] -> [rows] nats.
  Tensor log_prob(Tensor x) const;
  // The same in a training graph: batch normalisation takes its statistics from these rows, and follows them.
  Tensor training_log_prob(Tensor x) const;
  Tensor sample(Graph& graph, int64_t rows) const;  // [rows, dim]
  // Never runs the flow from data to base.
  prob::SampleAndLogProb sample_and_log_prob(Graph& graph, int64_t rows) const;
  // The same in a training graph.  Throws ConfigError for batch normalisation, which has no statistics of draws.
  prob::SampleAndLogProb training_sample_and_log_prob(Graph& graph, int64_t rows) const;

  // Sets what the flow takes its first values for from data (actnorm), by rows [n, dim] in the units of the data.
  void initialize_from(const Array& rows) const;

  // Maximum likelihood runs the flow from data to base (inverse), reverse KL from base to data (forward).
  prob::FastDirection fast_direction() const { return flow_.fast_direction(); }

 private:
  Tensor log_prob_of(const prob::AnyTransform& flow, Tensor x) const;
  prob::SampleAndLogProb draw(const prob::AnyTransform& flow, Graph& graph, int64_t rows) const;

  nn::Parameters parameters_;
  FlowDensityOptions options_;
  prob::Distribution base_;
  prob::AnyTransform flow_;
  prob::AnyTransform training_flow_;  // the same parameters
  VariablePtr mean_, scale_;
};

// Whether fitting by maximum likelihood runs a family through the direction that is not cheap.
bool fits_slowly(prob::FastDirection direction);
// The same of sampling, and of fitting by reverse KL.
bool samples_slowly(prob::FastDirection direction);

}  // namespace elbo::models
