#include "elbo/prob/kl.h"

#include <array>
#include <string>

#include "elbo/engine/ops.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/full_normal.h"
#include "elbo/prob/laplace.h"
#include "elbo/prob/low_rank_normal.h"
#include "elbo/prob/normal.h"
#include "elbo/settings/error.h"

namespace elbo::prob {

namespace {

// Kingma & Welling (2014), appendix B:  ½ sum_d [ μ² + σ² - 1 - 2 log σ ].
std::optional<Tensor> normal_standard(const Distribution& q, const Distribution& p) {
  const Normal* normal = q.get_if<Normal>();
  if (normal == nullptr || p.get_if<StandardNormal>() == nullptr) return std::nullopt;
  const auto [scale, log_scale] = normal->scales();
  return 0.5 * (square(normal->loc) + square(scale) - 1) - log_scale;
}

// sum_d [ log σp - log σq + ½ ((σq/σp)² + ((μq - μp)/σp)² - 1) ].
std::optional<Tensor> normal_normal(const Distribution& q, const Distribution& p) {
  const Normal *a = q.get_if<Normal>(), *b = p.get_if<Normal>();
  if (a == nullptr || b == nullptr) return std::nullopt;
  const Normal::Scales q_scales = a->scales(), p_scales = b->scales();
  const Tensor log_ratio = q_scales.log_scale - p_scales.log_scale;
  const Tensor distance = (a->loc - b->loc) / p_scales.scale;
  return 0.5 * (exp(2 * log_ratio) + square(distance) - 1) - log_ratio;
}

// sum_d [ p (l - l') - softplus(l) + softplus(l') ] with p = sigmoid(l).
std::optional<Tensor> bernoulli_bernoulli(const Distribution& q, const Distribution& p) {
  const Bernoulli *a = q.get_if<Bernoulli>(), *b = p.get_if<Bernoulli>();
  if (a == nullptr || b == nullptr) return std::nullopt;
  return sigmoid(a->logits) * (a->logits - b->logits) - softplus(a->logits) + softplus(b->logits);
}

// sum_d [ log sp - log sq + |Δ|/sp + sq/sp exp(-|Δ|/sq) - 1 ],  Δ = μq - μp.
std::optional<Tensor> laplace_laplace(const Distribution& q, const Distribution& p) {
  const Laplace *a = q.get_if<Laplace>(), *b = p.get_if<Laplace>();
  if (a == nullptr || b == nullptr) return std::nullopt;
  const Tensor log_ratio = a->log_scale - b->log_scale, distance = abs(a->loc - b->loc);
  return distance * exp(-b->log_scale) + exp(log_ratio - distance * exp(-a->log_scale)) - 1 - log_ratio;
}

// ½ [ ‖μ‖² + ‖L‖² - dim ] - sum_d log l_dd, with the squares of all numbers of L.
std::optional<Tensor> full_normal_standard(const Distribution& q, const Distribution& p) {
  const FullNormal* normal = q.get_if<FullNormal>();
  if (normal == nullptr || p.get_if<StandardNormal>() == nullptr) return std::nullopt;
  const Tensor squares = sum(square(normal->factor()), {.axes = {1, 2}});
  const Tensor by_scale = 0.5 * squares - sum(normal->log_diagonal, {.axes = {1}});
  return sum(0.5 * (square(normal->loc) - 1), {.axes = {-1}}) + by_scale;
}

// Σ_d log σ_d - log l_dd + ½ [ Σ_j l_dj² / σ_d² + (μ_d - ν_d)² / σ_d² - 1 ] against a diagonal normal (ν, σ).
std::optional<Tensor> full_normal_normal(const Distribution& q, const Distribution& p) {
  const FullNormal* a = q.get_if<FullNormal>();
  const Normal* b = p.get_if<Normal>();
  if (a == nullptr || b == nullptr) return std::nullopt;
  const auto [scale, log_scale] = b->scales();
  const Tensor precision = square(1 / scale);
  const Tensor squares = sum(square(a->factor()), {.axes = {2}}) * precision;
  return sum(0.5 * (squares + square(a->loc - b->loc) * precision - 1) + log_scale - a->log_diagonal, {.axes = {-1}});
}

// As of a diagonal normal with the variances scale_d² (1 + ‖F_d‖²), less ½ log det of what correlates them.
Tensor of_low_rank(const LowRankNormal& q, Tensor distance_square, Tensor log_ratio) {
  const Tensor variance = exp(2 * log_ratio) * (1 + sum(square(q.factor), {.axes = {2}}));
  return sum(0.5 * (variance + distance_square - 1) - log_ratio, {.axes = {-1}}) -
         0.5 * sum(q.log_det(), {.axes = {1}});
}

std::optional<Tensor> low_rank_standard(const Distribution& q, const Distribution& p) {
  const LowRankNormal* normal = q.get_if<LowRankNormal>();
  if (normal == nullptr || p.get_if<StandardNormal>() == nullptr) return std::nullopt;
  return of_low_rank(*normal, square(normal->loc), normal->log_scale);
}

std::optional<Tensor> low_rank_normal(const Distribution& q, const Distribution& p) {
  const LowRankNormal* a = q.get_if<LowRankNormal>();
  const Normal* b = p.get_if<Normal>();
  if (a == nullptr || b == nullptr) return std::nullopt;
  const auto [scale, log_scale] = b->scales();
  return of_low_rank(*a, square((a->loc - b->loc) / scale), a->log_scale - log_scale);
}

constexpr std::array<ClosedFormKl, 8> kClosedForms{{
    {"normal", "standard-normal", true, normal_standard},
    {"normal", "normal", true, normal_normal},
    {"laplace", "laplace", true, laplace_laplace},
    {"bernoulli", "bernoulli", true, bernoulli_bernoulli},
    {"full-normal", "standard-normal", false, full_normal_standard},
    {"full-normal", "normal", false, full_normal_normal},
    {"low-rank-normal", "standard-normal", false, low_rank_standard},
    {"low-rank-normal", "normal", false, low_rank_normal},
}};

struct Found {
  Tensor value;
  bool by_dimension = false;
};

std::optional<Found> find_closed_form(const Distribution& q, const Distribution& p) {
  if (q.event_dim() != p.event_dim()) {
    throw ShapeError("kl: " + std::string(q.name()) + " of " + std::to_string(q.event_dim()) + " dimensions and " +
                     std::string(p.name()) + " of " + std::to_string(p.event_dim()) + ": they must be equal");
  }
  if (q.rows() > 0 && p.rows() > 1 && q.rows() != p.rows()) {
    throw ShapeError("kl: " + std::to_string(q.rows()) + " rows against " + std::to_string(p.rows()) +
                     ": the second must have as many, or one");
  }
  for (const ClosedFormKl& row : kClosedForms) {
    if (const std::optional<Tensor> value = row.value(q, p)) return Found{*value, row.by_dimension};
  }
  return std::nullopt;
}

}  // namespace

std::span<const ClosedFormKl> closed_form_kls() {
  return kClosedForms;
}

std::optional<Tensor> closed_form_kl(const Distribution& q, const Distribution& p) {
  const std::optional<Found> found = find_closed_form(q, p);
  if (!found) return std::nullopt;
  return found->by_dimension ? sum(found->value, {.axes = {-1}}) : found->value;
}

std::optional<Tensor> closed_form_kl_terms(const Distribution& q, const Distribution& p) {
  const std::optional<Found> found = find_closed_form(q, p);
  if (!found || !found->by_dimension) return std::nullopt;
  return found->value;
}

}  // namespace elbo::prob
