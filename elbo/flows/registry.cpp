#include "elbo/flows/registry.h"

#include <array>
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
#include "elbo/nn/registry.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

std::span<const FlowFamily* const> flow_families() {
  static constexpr std::array kFamilies{
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
  };
  return kFamilies;
}

const FlowFamily& flow_family(std::string_view name) {
  return nn::find_row("flow", name, flow_families());
}

prob::AnyTransform FlowFamily::build(const nn::Parameters& scope, const FlowOptions& options) const {
  const std::string who = std::string(name) + " at " + scope.path() + ": ";
  if (options.dim < 1) throw ConfigError(who + "dim = " + std::to_string(options.dim) + ", must be at least 1");
  if (options.layers < 1) {
    throw ConfigError(who + "layers = " + std::to_string(options.layers) + ", must be at least 1");
  }
  if (options.context_dim < 0 || (options.context_dim > 0 && !takes_context)) {
    throw ConfigError(who + "context_dim = " + std::to_string(options.context_dim) + ", must be " +
                      (takes_context ? "at least 0" : "0: this family takes no context"));
  }
  return make(scope, options);
}

}  // namespace elbo::flows
