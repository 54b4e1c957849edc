// The families of flows by name.
//
//   const prob::AnyTransform flow =
//       flows::make_flow("planar", {.scope = parameters / "flow", .dim = 20}, {"layers=8"});
//   const prob::AnyTransform same = settings.row<FlowFamily>().build(site, settings);     // as a configuration says
//
// A place of a configuration in which a flow, or a chain of them, may stand is made by place.h.  A new family is its
// file, which ends in its row, and the row's name in registry.cpp.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "elbo/nn/parameters.h"
#include "elbo/prob/transform.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::flows {

// What a place knows about the flow that it asks for.
struct FlowSite {
  nn::Parameters scope;
  int64_t dim = 1;
  int64_t context_dim = 0;  // columns of the context that the parameters are computed from; 0: free parameters
};

// Where the rows of one side of a transform may lie.
enum class Support : uint8_t { kReal, kUnit, kPositive };
std::string_view name_of(Support support);  // "all reals", "(0, 1)", "(0, ∞)"

struct FlowFamily {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings{};
  prob::FastDirection fast_direction = prob::FastDirection::kBoth;
  bool takes_context = false;  // whether its parameters can be computed from a context
  Support base_support = Support::kReal;
  Support data_support = Support::kReal;
  prob::AnyTransform (*make)(const FlowSite& site, const Settings& settings) = nullptr;

  // Throws ConfigError for a dim below 1, and for a context where the family takes none.
  prob::AnyTransform build(const FlowSite& site, const Settings& said) const;
};

// What a list shows beside the description: "fast direction: inverse; can be amortized".
std::string facts_of(const FlowFamily& family);

const Registry<FlowFamily>& flow_families();

// By name, with its defaults and "key=value" over them.  Throws ConfigError.
prob::AnyTransform make_flow(std::string_view name, const FlowSite& site,
                             const std::vector<std::string>& assignments = {});

// A setting that many families have.
Option layers_option(int64_t layers);

}  // namespace elbo::flows
