// Kullback-Leibler divergences that have a closed form.
//
//   if (const std::optional<Tensor> kl = prob::closed_form_kl(posterior, prior)) ...            // [batch] nats
//   if (const std::optional<Tensor> kl = prob::closed_form_kl_terms(posterior, prior)) ...      // [batch, dim] nats
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "elbo/prob/distribution.h"

namespace elbo::prob {

// KL(q || p) = E_q[log q - log p], one value for each row of q; nothing for a pair that has no closed form here.
// Throws ShapeError when the dimensions or rows of the two do not fit.
std::optional<Tensor> closed_form_kl(const Distribution& q, const Distribution& p);

// The same for each dimension, [batch, dim], where both factorise over them: its sum over dimensions is closed_form_kl.
std::optional<Tensor> closed_form_kl_terms(const Distribution& q, const Distribution& p);

struct ClosedFormKl {
  std::string_view q;
  std::string_view p;
  bool by_dimension;  // `value` gives [batch, dim], the terms; else [batch]
  std::optional<Tensor> (*value)(const Distribution& q, const Distribution& p);
};
std::span<const ClosedFormKl> closed_form_kls();

}  // namespace elbo::prob
