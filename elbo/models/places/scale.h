// How a real number, which a network or a variable gives, becomes the scale of a distribution.
//
//   Part{..., .place = {scale_part()}}                                        // scale = "log-variance"
//   const ScaleKind& kind = settings.part("scale").row<ScaleKind>();
//   prob::Normal{.loc = loc(h), .scale = kind.scale(raw(h))}
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
};

// log-scale, log-variance, softplus.
const Registry<ScaleKind>& scale_kinds();

Part scale_part();

}  // namespace elbo::models
