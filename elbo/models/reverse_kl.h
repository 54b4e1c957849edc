// Fitting by reverse KL: to a density that can be evaluated up to a constant, p(x) = p~(x)/Z, without any data.
//
//   const LogDensity target = [](Tensor x) { return ...; };                   // log p~: x [rows, dim] -> [rows]
//   const Tensor beta = ...;                                                  // a schedule's factor (nn/schedule.h)
//   const ReverseKlTerms terms = reverse_kl_terms(q.sample_and_log_prob(graph, 500), target, {.weight = beta});
//   const Tensor loss = mean(terms.free_energy);
//
//   KL(q ‖ p) = E_q[ log q(x) - log p~(x) ] + log Z                          Rezende & Mohamed (2015), section 6.1
//   free energy = E_q[ log q(x) - β log p~(x) ],  β from 0.01 to 1            annealed as there
//   E_q[ p~(x) / q(x) ] = Z                                                  importance sampling, for q > 0 where p > 0
//
// A small β flattens the target: q first spreads over all of it, and then draws together.  q is anything with
// sample_and_log_prob (a Distribution, a FlowDensity); gradients reach its parameters through the samples.
#pragma once

#include <cstdint>
#include <functional>

#include "elbo/prob/distribution.h"

namespace elbo::models {

using LogDensity = std::function<Tensor(Tensor x)>;  // [rows, dim] -> [rows] nats, up to a constant

struct ReverseKlOptions {
  Tensor weight{};  // β, one number; none: 1
};

// Each [rows], nats.
struct ReverseKlTerms {
  Tensor free_energy;  // log q(x) - β log p~(x): its mean is the loss
  Tensor log_weight;   // log p~(x) - log q(x): minus its mean is KL(q ‖ p) - log Z, the mean of its exp is Z
};

// Throws ShapeError when the target does not give one value a row.
ReverseKlTerms reverse_kl_terms(const prob::SampleAndLogProb& drawn, const LogDensity& target,
                                const ReverseKlOptions& options = {});

}  // namespace elbo::models
