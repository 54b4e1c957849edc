#include "elbo/models/places/scale.h"

#include <cmath>

#include "elbo/engine/ops.h"

namespace elbo::models {

namespace {

Tensor softly_within(double bound, Tensor t) {
  return bound * tanh(t * (1 / bound));
}

const ScaleKind kLogScale{.name = "log-scale",
                          .description = "scale = exp(t)",
                          .paper = "",
                          .parameter = "log_scale",
                          .scale = [](Tensor t) { return exp(t); },
                          .bounded = [](Tensor t, double bound) { return exp(softly_within(bound, t)); }};
const ScaleKind kLogVariance{.name = "log-variance",
                             .description = "scale = exp(t/2)",
                             .paper = "Kingma & Welling 2014",
                             .parameter = "log_variance",
                             .scale = [](Tensor t) { return exp(0.5 * t); },
                             .bounded = [](Tensor t, double bound) { return exp(softly_within(bound, 0.5 * t)); }};
// The small term keeps the log of the scale finite where softplus underflows.
const ScaleKind kSoftplus{.name = "softplus",
                          .description = "scale = log(1 + exp(t)) + 1e-6",
                          .paper = "",
                          .parameter = "raw_scale",
                          .scale = [](Tensor t) { return softplus(t) + 1e-6; },
                          // Grows no faster than t, so from above it needs no bound.
                          .bounded = [](Tensor t, double bound) { return softplus(t) + std::exp(-bound); }};

}  // namespace

const Registry<ScaleKind>& scale_kinds() {
  static const Registry<ScaleKind> all("scale", {&kLogScale, &kLogVariance, &kSoftplus});
  return all;
}

Part scale_part() {
  return {.key = "scale",
          .value = "log-scale",
          .meaning = "what function of a number t is the scale: exp(t), exp(t/2) or softplus(t)",
          .rows = scale_kinds().view()};
}

}  // namespace elbo::models
