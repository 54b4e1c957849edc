// What a density q that can be drawn from tells of an unnormalised one, p~ = Z p: how far apart they are, and Z.
//
//   const NormalizerEstimate e = estimate_normalizer(
//       [&](Graph& graph, int64_t rows) { return density.sample_and_log_prob(graph, rows); },
//       energy.log_density, {.samples = 100'000});
//   e.free_energy.mean + log_z           // KL(q ‖ p), when log Z is known
//   e.log_normalizer.mean                // log of an unbiased estimate of Z
//
//   w = p~(x)/q(x), x from q:   Ẑ = mean of w,  E Ẑ = Z,   log Ẑ ± sd(w) / (Ẑ √n)                   (delta method)
//   effective samples  (Σ w)² / Σ w²                                                        Kong (1992)
//
// Both see only where q has been: a mode of p that q never draws makes Ẑ too small by its share of Z, and neither the
// standard error nor the effective samples show it.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "elbo/eval/evaluate.h"
#include "elbo/models/reverse_kl.h"

namespace elbo::eval {

struct NormalizerEstimate {
  Estimate free_energy;          // E_q[ log q(x) - log p~(x) ], nats
  Estimate log_normalizer;       // log Ẑ, nats
  double effective_samples = 0;  // of `samples`
  int64_t samples = 0;
};

// Of log w, one a draw.  A weight may be -∞ (p~ is 0 there).  Throws NumericalError for one that is +∞ or no number.
NormalizerEstimate normalizer_of(std::span<const double> log_weights);

using Sampler = std::function<prob::SampleAndLogProb(Graph& graph, int64_t rows)>;

struct NormalizerOptions {
  int64_t samples = 100'000;
  uint64_t seed = 0;
  int threads = 0;
};

// Throws ConfigError for samples below 1.
NormalizerEstimate estimate_normalizer(const Sampler& q, const models::LogDensity& target,
                                       const NormalizerOptions& options);

}  // namespace elbo::eval
