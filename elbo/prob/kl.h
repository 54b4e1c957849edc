// Kullback-Leibler divergences that have a closed form.
//
//   if (const std::optional<Tensor> kl = prob::closed_form_kl(posterior, prior)) ...    // [batch] nats
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// KL(q || p) = E_q[log q - log p], one value for each row of q; nothing for a pair that has no closed form here.
// Throws ShapeError when the dimensions or rows of the two do not fit.
std::optional<Tensor> closed_form_kl(const Distribution& q, const Distribution& p);

struct ClosedFormKl {
  std::string_view q;
  std::string_view p;
  std::optional<Tensor> (*value)(const Distribution& q, const Distribution& p);
};
std::span<const ClosedFormKl> closed_form_kls();

}  // namespace elbo::prob
