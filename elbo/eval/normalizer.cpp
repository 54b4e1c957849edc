#include "elbo/eval/normalizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "elbo/engine/compile.h"
#include "elbo/settings/error.h"

namespace elbo::eval {

namespace {

constexpr int64_t kDrawsAtOnce = 1000;

// Draws made here and in training never coincide.
constexpr uint64_t kNormalizerSeed = 0x6e6f726du;

}  // namespace

NormalizerEstimate normalizer_of(std::span<const double> log_weights) {
  double highest = -std::numeric_limits<double>::infinity();
  for (size_t i = 0; i < log_weights.size(); ++i) {
    if (!(log_weights[i] < std::numeric_limits<double>::infinity())) {
      throw NumericalError("normalizer: the log-weight of draw " + std::to_string(i + 1) + " is " +
                           std::to_string(log_weights[i]) + ": it must be below infinity");
    }
    highest = std::max(highest, log_weights[i]);
  }
  std::vector<double> energies, weights;  // weights over the highest one
  for (const double log_weight : log_weights) {
    energies.push_back(-log_weight);
    weights.push_back(std::isfinite(highest) ? std::exp(log_weight - highest) : 0);
  }
  const auto count = static_cast<int64_t>(weights.size());
  const Estimate weight = estimate_of(weights, count);
  double squares = 0;
  for (const double w : weights) squares += w * w;
  const double sum = weight.mean * static_cast<double>(count);
  return {.free_energy = estimate_of(energies, count),
          .log_normalizer = {.mean = highest + std::log(weight.mean),
                             .standard_error = weight.standard_error / weight.mean,
                             .samples = count},
          .effective_samples = squares > 0 ? sum * sum / squares : 0,
          .samples = count};
}

NormalizerEstimate estimate_normalizer(const Sampler& q, const models::LogDensity& target,
                                       const NormalizerOptions& options) {
  if (options.samples < 1) {
    throw ConfigError("normalizer: samples = " + std::to_string(options.samples) + ", must be at least 1");
  }
  Graph graph;
  graph.output("log_weight", models::reverse_kl_terms(q(graph, kDrawsAtOnce), target).log_weight);
  const Executable run = compile(graph, {.threads = options.threads});
  std::vector<double> log_weights;
  const auto samples = static_cast<size_t>(options.samples);
  log_weights.reserve(samples);
  for (uint64_t step = 0; log_weights.size() < samples; ++step) {
    run.run({.seed = options.seed ^ kNormalizerSeed, .step = step});
    for (const float value : run.output("log_weight").values<float>()) {
      if (log_weights.size() < samples) log_weights.push_back(static_cast<double>(value));
    }
  }
  return normalizer_of(log_weights);
}

}  // namespace elbo::eval
