// Clipping: gradients that are too large made smaller before an optimizer sees them, by name.
//
//   Part clip = clipping_part();                                             // [optimizer.clip] name = "norm"
//   const Gradients tame = clipped(gradients, settings.parts("clip"));
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "elbo/nn/parameters.h"
#include "elbo/settings/registry.h"
#include "elbo/settings/settings.h"

namespace elbo::train {

using Gradients = std::vector<nn::VariableGradient>;

struct ClippingRow {
  std::string_view name;
  std::string_view description;
  std::string_view paper;
  std::vector<Option> settings;
  Gradients (*apply)(const Settings& settings, const Gradients& gradients);
};
const Registry<ClippingRow>& clippings();  // norm, value

// The place clip, empty where nothing else is said.
Part clipping_part();

// As the row that stands in the place has it; the same gradients where none does.
Gradients clipped(const Gradients& gradients, std::span<const Settings> clip);

}  // namespace elbo::train
