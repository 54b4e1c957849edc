#include "elbo/models/reverse_kl.h"

#include <string>

#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::models {

ReverseKlTerms reverse_kl_terms(const prob::SampleAndLogProb& drawn, const LogDensity& target,
                                const ReverseKlOptions& options) {
  const Tensor log_p = target(drawn.value);
  if (log_p.shape() != drawn.log_prob.shape()) {
    throw ShapeError("reverse KL: the target gives " + to_string(log_p.shape()) + " for points " +
                     to_string(drawn.value.shape()) + ", " + to_string(drawn.log_prob.shape()) + " is required");
  }
  const Tensor weighted = options.weight.defined() ? options.weight * log_p : log_p;
  return {.free_energy = drawn.log_prob - weighted, .log_weight = log_p - drawn.log_prob};
}

}  // namespace elbo::models
