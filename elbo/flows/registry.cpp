#include "elbo/flows/registry.h"

#include <string>

#include "elbo/flows/actnorm.h"
#include "elbo/flows/batch_norm.h"
#include "elbo/flows/dsf.h"
#include "elbo/flows/elementwise_affine.h"
#include "elbo/flows/iaf.h"
#include "elbo/flows/lu_linear.h"
#include "elbo/flows/maf.h"
#include "elbo/flows/nice.h"
#include "elbo/flows/nsf_autoregressive.h"
#include "elbo/flows/nsf_coupling.h"
#include "elbo/flows/permutation.h"
#include "elbo/flows/planar.h"
#include "elbo/flows/radial.h"
#include "elbo/flows/real_nvp.h"
#include "elbo/flows/squash.h"
#include "elbo/flows/sylvester.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

std::string facts_of(const FlowFamily& family) {
  return "fast direction: " + std::string(prob::name_of(family.fast_direction)) +
         (family.takes_context ? "; can be amortized" : "");
}

const Registry<FlowFamily>& flow_families() {
  static const Registry<FlowFamily> all("flow", {
                                                    &kPlanarFamily,
                                                    &kRadialFamily,
                                                    &kSylvesterOrthogonalFamily,
                                                    &kSylvesterHouseholderFamily,
                                                    &kSylvesterTriangularFamily,
                                                    &kNiceFamily,
                                                    &kRealNvpFamily,
                                                    &kGlowFamily,
                                                    &kNsfCouplingFamily,
                                                    &kIafFamily,
                                                    &kIafAffineFamily,
                                                    &kMafFamily,
                                                    &kNsfAutoregressiveFamily,
                                                    &kDsfFamily,
                                                    &kLuLinearFamily,
                                                    &kActNormFamily,
                                                    &kBatchNormFamily,
                                                    &kPermutationFamily,
                                                    &kReversalFamily,
                                                    &kElementwiseAffineFamily,
                                                    &kSigmoidFamily,
                                                    &kLogitFamily,
                                                    &kSoftplusFamily,
                                                });
  return all;
}

std::string_view name_of(Support support) {
  switch (support) {
    case Support::kReal:
      return "all reals";
    case Support::kUnit:
      return "(0, 1)";
    case Support::kPositive:
      break;
  }
  return "(0, ∞)";
}

prob::AnyTransform FlowFamily::build(const FlowSite& site, const Settings& said) const {
  const std::string who = std::string(name) + " at " + site.scope.path() + ": ";
  if (site.dim < 1) throw ConfigError(who + "dim = " + std::to_string(site.dim) + ", must be at least 1");
  if (site.context_dim < 0 || (site.context_dim > 0 && !takes_context)) {
    throw ConfigError(who + "context_dim = " + std::to_string(site.context_dim) + ", must be " +
                      (takes_context ? "at least 0" : "0: this family takes no context"));
  }
  return make(site, said);
}

prob::AnyTransform make_flow(std::string_view name, const FlowSite& site, const std::vector<std::string>& assignments) {
  const FlowFamily& family = flow_families().find(name);
  return family.build(site, Settings::of(view_of(family), assignments));
}

Option layers_option(int64_t layers) {
  return Integer{
      .key = "layers", .value = layers, .meaning = "layers of the flow", .limits = {.at_least = 1, .at_most = 10'000}};
}

}  // namespace elbo::flows
