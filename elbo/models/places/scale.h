// How a real number, which a network or a variable gives, becomes the scale of a distribution.
//
//   Part{..., .place = {scale_part()}}                                        // scale = "log-variance"
//   const ScaleKind& kind = settings.part("scale").row<ScaleKind>();
//   prob::Normal{.loc = loc(h), .scale = kind.scale(raw(h))}
//   prob::Normal{.loc = loc(h), .scale = kind.bounded(raw(h), 7)}             // between e^-7 and e^7
#pragma once

#include <string_view>

#include "elbo/engine/graph.h"
#include "elbo/settings/option.h"
#include "elbo/settings/registry.h"

namespace elbo::models {

struct ScaleKind {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::string_view parameter;  // what the number is called among the parameters of a model
  Tensor (*scale)(Tensor number);
  // The same about 0, and for no number below exp(-bound) or, where it is an exponential, above exp(bound): the
  // logarithm l is bounded softly, bound tanh(l / bound), so that a gradient leads back from everywhere.
  Tensor (*bounded)(Tensor number, double bound);
};

// log-scale, log-variance, softplus.
const Registry<ScaleKind>& scale_kinds();

Part scale_part();

}  // namespace elbo::models
