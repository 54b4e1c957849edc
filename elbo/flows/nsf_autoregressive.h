// Neural spline flow, autoregressive: column i goes through a rational-quadratic spline whose knots come from the
// columns before; the identity outside ±bound                       Durkan, Bekasov, Murray & Papamakarios (2019)
//
//   const Autoregressive flow{scope, spline_map({.bins = 8, .bound = 5}), {.dim = 6, .layers = 5}};
//
// As RQ-NSF (AR) in the paper, the network sees the data: the density (inverse) is one pass, a sample (forward) is dim
// dependent steps.  Both directions of the spline are closed form (flows/rational_quadratic.h); by column, the
// networks' outputs are the widths, heights and slopes that file asks for.
#pragma once

#include "elbo/flows/autoregressive.h"
#include "elbo/flows/rational_quadratic.h"

namespace elbo::flows {

// Throws ConfigError for options that make no spline.
ColumnMap spline_map(const RationalQuadraticOptions& options);

// The settings of a family that maps by splines, bins and bound, and what they say.
std::vector<Option> spline_settings();
RationalQuadraticOptions spline_options(const Settings& settings);

extern const FlowFamily kNsfAutoregressiveFamily;

}  // namespace elbo::flows
