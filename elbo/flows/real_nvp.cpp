#include "elbo/flows/real_nvp.h"

#include "elbo/flows/maf.h"

namespace elbo::flows {

const FlowFamily kRealNvpFamily{
    .name = "real-nvp",
    .description = "affine coupling: scale and shift from the other half",
    .paper = "Dinh, Sohl-Dickstein & Bengio 2017",
    .settings = joined(joined(coupling_settings(), mixing_settings()), {log_scale_bound_option()}),
    .takes_context = true,
    .make = [](const FlowSite& site, const Settings& s) {
      return coupling_stack("real-nvp", affine_map(s.number("log_scale_bound")), site, coupling_options(s));
    }};

const FlowFamily kGlowFamily{.name = "glow",
                             .description = "affine coupling with invertible matrices between layers, and actnorm",
                             .paper = "Kingma & Dhariwal 2018",
                             .settings = joined(coupling_settings(), {log_scale_bound_option()}),
                             .takes_context = true,
                             .make = [](const FlowSite& site, const Settings& s) {
                               CouplingStackOptions glow = coupling_options(s);
                               glow.permutation = "linear";
                               glow.normalization = "actnorm";
                               return coupling_stack("glow", affine_map(s.number("log_scale_bound")), site, glow);
                             }};

}  // namespace elbo::flows
