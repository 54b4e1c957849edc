#include "elbo/flows/real_nvp.h"

#include <string>

#include "elbo/flows/maf.h"
#include "elbo/settings/error.h"

namespace elbo::flows {

namespace {

prob::AnyTransform affine_stack(std::string_view name, const nn::Parameters& scope, const FlowOptions& o) {
  if (!(o.log_scale_bound > 0)) {
    throw ConfigError(std::string(name) + " at " + scope.path() +
                      ": log_scale_bound = " + std::to_string(o.log_scale_bound) + ", must be above 0");
  }
  return coupling_stack(name, affine_map(o.log_scale_bound), scope, o);
}

}  // namespace

const FlowFamily kRealNvpFamily{
    .name = "real-nvp",
    .description = "affine coupling: scale and shift from the other half",
    .paper = "Dinh, Sohl-Dickstein & Bengio 2017",
    .takes_context = true,
    .make = [](const nn::Parameters& scope, const FlowOptions& o) { return affine_stack("real-nvp", scope, o); }};

const FlowFamily kGlowFamily{.name = "glow",
                             .description = "affine coupling with invertible matrices between layers, and actnorm",
                             .paper = "Kingma & Dhariwal 2018",
                             .takes_context = true,
                             .make = [](const nn::Parameters& scope, const FlowOptions& o) {
                               FlowOptions glow = o;
                               glow.permutation = "linear";
                               glow.normalization = "actnorm";
                               return affine_stack("glow", scope, glow);
                             }};

}  // namespace elbo::flows
