#include "elbo/train/clipping.h"

#include "elbo/engine/ops.h"

namespace elbo::train {

namespace {

// As torch.nn.utils.clip_grad_norm_ has it, so that a gradient of zeros divides by something.
constexpr double kBesideNorm = 1e-6;

Gradients clipped_by_norm(const Settings& settings, const Gradients& gradients) {
  Tensor squares;
  for (const nn::VariableGradient& g : gradients) {
    const Tensor own = sum(square(g.gradient));
    squares = squares.defined() ? squares + own : own;
  }
  const Tensor factor = minimum(settings.number("largest") / (sqrt(squares) + kBesideNorm), 1.0);
  Gradients result;
  for (const nn::VariableGradient& g : gradients) result.push_back({g.variable, factor * g.gradient});
  return result;
}

Gradients clipped_by_value(const Settings& settings, const Gradients& gradients) {
  const double largest = settings.number("largest");
  Gradients result;
  for (const nn::VariableGradient& g : gradients) result.push_back({g.variable, clamp(g.gradient, -largest, largest)});
  return result;
}

Option largest_setting(double value, const char* meaning) {
  return Number{.key = "largest", .value = value, .meaning = meaning, .limits = {.above = 0}};
}

const ClippingRow kNormClipping{
    .name = "norm",
    .description = "all gradients times one factor, where their common norm is too large: the direction stays",
    .paper = "Pascanu, Mikolov & Bengio (2013)",
    .settings = {largest_setting(5.0, "norm of all gradients together that is left as it is")},
    .apply = clipped_by_norm};

const ClippingRow kValueClipping{.name = "value",
                                 .description = "each element of a gradient on its own",
                                 .paper = "",
                                 .settings = {largest_setting(1.0, "elements stay between this and its negative")},
                                 .apply = clipped_by_value};

}  // namespace

const Registry<ClippingRow>& clippings() {
  static const Registry<ClippingRow> all("clipping", {&kNormClipping, &kValueClipping});
  return all;
}

Part clipping_part() {
  return {.key = "clip",
          .value = "none",
          .meaning = "what is done to gradients that are too large, before the optimizer sees them",
          .rows = clippings().view(),
          .optional = true};
}

Gradients clipped(const Gradients& gradients, std::span<const Settings> clip) {
  if (gradients.empty() || clip.empty()) return gradients;
  const Graph::ScopeGuard scope = gradients.front().gradient.graph().scope("clip");
  return clip.front().row<ClippingRow>().apply(clip.front(), gradients);
}

}  // namespace elbo::train
