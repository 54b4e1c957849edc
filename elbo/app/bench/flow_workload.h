// What the workloads on flows share: synthetic rows, and the fit of a flow to them by maximum likelihood.
#pragma once

#include <string>
#include <vector>

#include "elbo/app/bench/training_workload.h"
#include "elbo/flows/registry.h"
#include "elbo/prob/transform.h"

namespace elbo::app::bench {

// f32 [rows, dim]: a chain in which each column bends the one before and adds noise, half as wide as a standard normal;
// the same at every call.
Array synthetic_rows(int64_t rows, int64_t dim);

struct FlowWorkload {
  const char* name;
  const char* family;                 // of flows/registry.h
  std::vector<std::string> settings;  // of the family, over its defaults: "layers=5"
  int64_t dim = 1;
  int64_t context_dim = 0;
  int64_t batch = 512;
};

// The flow, its parameters in `scope`, and the log-density [batch] of rows x under it: a standard normal pushed
// through the flow, given a context where the flow takes one.
prob::AnyTransform flow_of(const FlowWorkload& workload, const nn::Parameters& scope);
Tensor log_density(const prob::AnyTransform& flow, Tensor x, Tensor context = {});

// What a training of `flow`, which has its parameters in `parameters`, is made of: the input "x" [batch, dim], and
// "context" [batch, context_dim] where the flow takes one.
TrainingParts flow_training_parts(const FlowWorkload& workload, const prob::AnyTransform& flow,
                                  const nn::Parameters& parameters);
// A training step on those.
std::unique_ptr<Workload> flow_training(const FlowWorkload& workload, const WorkloadOptions& options);

}  // namespace elbo::app::bench
