// Evaluation: what a trained model is worth, with standard errors.
//
//   const Evaluation e = evaluate(vae, dataset, data::Split::kTest, {.latent_samples = 10, .importance_samples = 500});
//   e.negative_elbo.mean, e.negative_elbo.standard_error            // nats per example
//
// Every standard error is that of the mean over the examples of the split: the deviation of the examples' values
// divided by the root of their count.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "elbo/data/dataset.h"
#include "elbo/models/vae.h"

namespace elbo::eval {

struct Estimate {
  double mean = 0;  // nats per example
  double standard_error = 0;
  int64_t samples = 0;  // latent samples an example
};

// Mean and its standard error (nan of a single value).
Estimate estimate_of(const std::vector<double>& values, int64_t samples);

struct EvaluateOptions {
  int64_t latent_samples = 10;
  int64_t importance_samples = 0;  // 0: no importance-weighted estimate
  int64_t batch_size = 500;        // examples at once, at most
  uint64_t seed = 0;
  int threads = 0;
  std::function<void(double fraction)> on_progress;
};

struct Evaluation {
  Estimate negative_elbo;                  // reconstruction + kl
  Estimate reconstruction;                 // -log p(x|z)
  Estimate kl;                             // of q(z|x) from p(z): in closed form where there is one, else sampled
  std::optional<Estimate> nll_importance;  // -log mean of the importance weights (Burda et al. 2016, eq. 8)
  int64_t count = 0;                       // examples
  data::Split split = data::Split::kTest;
};

Evaluation evaluate(const models::Vae& vae, const data::Dataset& dataset, data::Split split,
                    const EvaluateOptions& options);

// Any quantities of one value a row: `build` gets x [batch, dim] and a number of latent samples, and returns tensors
// [batch] by name, each averaged over those samples.
using RowQuantities = std::function<std::map<std::string, Tensor>(Tensor x, int64_t latent_samples)>;
std::map<std::string, Estimate> evaluate_rows(const RowQuantities& build, const data::Dataset& dataset,
                                              data::Split split, const EvaluateOptions& options);

}  // namespace elbo::eval
