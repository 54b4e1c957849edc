// The families of flows by name.
//
//   const prob::AnyTransform flow = flows::flow_family("planar").build(parameters / "flow", {.dim = 20, .layers = 8});
//
// A new family is one new file that ends in its row, and one line in registry.cpp.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/nn/parameters.h"
#include "elbo/prob/transform.h"

namespace elbo::flows {

struct FlowOptions {
  int64_t dim = 1;
  int64_t layers = 1;
  int64_t context_dim = 0;  // columns of the context that the parameters are computed from; 0: free parameters
  // Families that compute parameters by a network (coupling, autoregressive).
  std::vector<int64_t> hidden{64, 64};  // widths of its hidden layers
  std::string activation = "relu";
  double log_scale_bound = 3;           // affine couplings: log-scales stay within it
  std::string mask = "halves";          // couplings: halves or alternating
  std::string permutation = "reverse";  // between layers: reverse, random or linear
  std::string normalization = "none";   // after each layer: none, actnorm or batch-norm
  int64_t bins = 8;                     // splines
  double bound = 5;                     // splines live on [-bound, bound]
  int64_t columns = 0;                  // Sylvester, orthogonal: columns of Q; 0: dim
  int64_t reflections = 4;              // Sylvester, Householder: reflections that make Q
  bool training = false;                // batch-norm: normalise by the batch, and keep running statistics
};

// Where the rows of one side of a transform may lie.
enum class Support : uint8_t { kReal, kUnit, kPositive };

struct FlowFamily {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  prob::FastDirection fast_direction = prob::FastDirection::kBoth;
  bool takes_context = false;  // whether its parameters can be computed from a context
  Support base_support = Support::kReal;
  Support data_support = Support::kReal;
  prob::AnyTransform (*make)(const nn::Parameters& scope, const FlowOptions& options) = nullptr;

  // Throws ConfigError for a dim or number of layers below 1, and for a context where the family takes none.
  prob::AnyTransform build(const nn::Parameters& scope, const FlowOptions& options) const;
};

std::span<const FlowFamily* const> flow_families();
// Throws ConfigError, listing the known names.
const FlowFamily& flow_family(std::string_view name);

}  // namespace elbo::flows
