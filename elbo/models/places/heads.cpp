#include "elbo/models/places/heads.h"

#include <cmath>
#include <string>
#include <utility>

#include "elbo/models/places/scale.h"
#include "elbo/models/places/shaped_internal.h"

namespace elbo::models {

namespace {

std::vector<std::string> known_activations() {
  return nn::activations().names();
}

bool can_have_heads(const prob::DistributionFamily& family) {
  return family.values == Values::kReals && family.covers_all && family.reparameterised && has_parameters(family);
}

}  // namespace

Part heads_part(Part part) {
  part.rows = prob::families().view(can_have_heads);
  part.place.push_back(Text{.key = "head_activation",
                            .value = "none",
                            .meaning = "function on the heads; tanh keeps what they give within (-1, 1)",
                            .choices = known_activations});
  part.place.push_back(scale_part());
  return part;
}

Heads::Heads(const nn::Parameters& scope, int64_t features, int64_t dim, const Settings& part,
             const nn::Initializer& init)
    : dim_(dim), settings_(part), activation_(part.text("head_activation")) {
  const std::string_view scale = part.part("scale").row<ScaleKind>().parameter;
  for (const prob::ParameterSpec& spec : part.row<prob::DistributionFamily>().parameters(dim, part)) {
    nn::Initializer weights = init;
    if (spec.head_spread) weights = nn::init::normal(*spec.head_spread / std::sqrt(static_cast<double>(features)));
    const nn::Parameters own = scope / (is_scale(spec) ? scale : spec.name);
    heads_.push_back({spec, nn::Linear(own, {.in = features, .out = count_of(spec), .init = weights})});
  }
}

prob::Distribution Heads::operator()(Tensor features) const {
  const auto& kind = settings_.part("scale").row<ScaleKind>();
  prob::ParameterTensors tensors;
  for (const auto& [spec, linear] : heads_) {
    const Tensor parameter = shaped(activation_(linear(features)), spec);
    tensors.set(spec.name, is_scale(spec) ? kind.scale(parameter) : parameter);
  }
  return settings_.row<prob::DistributionFamily>().make(dim_, settings_, tensors);
}

}  // namespace elbo::models
