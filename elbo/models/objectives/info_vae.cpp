// InfoVAE: the aggregated posterior is drawn to the prior beside, or in place of, each posterior.
//                                                                    Zhao, Song & Ermon (2019), eq. 6, with MMD
//   loss = reconstruction + (1 - α) KL(q(z | x) || p(z)) + (α + λ - 1) MMD²(q(z), p(z))
//
//   MMD² = E k(z, z') - 2 E k(z, y) + E k(y, y'),  z, z' codes of the batch and y, y' draws of the prior, of different
//   rows;  k(a, b) = exp(-|a - b|² / (2 h²)) or h² / (h² + |a - b|²),  h = bandwidth √dim
//
// α = 0, λ = 1 is the bound; α = 1 leaves each posterior free (MMD-VAE).  MMD² is at most 2, so that λ is large.  It is
// one number for all rows of a batch: figures of other rows depend a little on how many are computed at once.
#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/models/samples.h"
#include "elbo/prob/learned_distribution.h"

namespace elbo::models {

namespace {

// [n, dim], [m, dim] -> [n, m]
Tensor kernel(Tensor a, Tensor b, double square_bandwidth, bool is_gaussian) {
  const Tensor far = reshape(sum(square(a), {.axes = {1}}), {a.shape()[0], 1}) +
                     reshape(sum(square(b), {.axes = {1}}), {1, b.shape()[0]}) -
                     2 * matmul(a, b, {.transpose_b = true});
  const Tensor distance = maximum(far, 0.0);
  if (is_gaussian) return exp(distance * (-0.5 / square_bandwidth));
  return square_bandwidth / (square_bandwidth + distance);
}

// The mean over pairs of different rows; k(a, a) is 1.
Tensor mean_of_pairs(Tensor kernel_of_rows) {
  const auto n = static_cast<double>(kernel_of_rows.shape()[0]);
  return n < 2 ? mean(kernel_of_rows) : (sum(kernel_of_rows) - n) * (1 / (n * (n - 1)));
}

}  // namespace

extern const VaeObjective kInfoVaeObjective;
const VaeObjective kInfoVaeObjective{
    .name = "info-vae",
    .description = "the bound with (1 - alpha) of its KL, and the aggregated posterior drawn to the prior by MMD",
    .paper = "Zhao et al. 2019",
    .settings = {latent_samples_option("codes drawn for each example in a step"), kl_option(),
                 Number{.key = "alpha",
                        .value = 0,
                        .meaning = "how much of each posterior's divergence is left out; 1 is all of it"},
                 Number{.key = "lambda",
                        .value = 100,
                        .meaning = "weight alpha + lambda - 1 of the discrepancy of codes and prior"},
                 Text{.key = "kernel",
                      .value = "gaussian",
                      .meaning = "what tells how near two codes are",
                      .choices = {"gaussian", "inverse-multiquadric"}},
                 Number{.key = "bandwidth",
                        .value = 1,
                        .meaning = "distance at which they are far, as a multiple of the root of the dimension",
                        .limits = {.above = 0}}},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const double alpha = settings.number("alpha"), bandwidth = settings.number("bandwidth");
      const prob::Distribution posterior = vae.posterior(x);
      const ElboTerms terms = elbo_terms(vae, posterior, x, elbo_options(settings));
      const int64_t rows = x.shape()[0];
      const Tensor codes = posterior.sample(x.graph(), rows);
      const Tensor draws = prob::in_graph(vae.prior, x.graph()).sample(x.graph(), rows);
      const double square_bandwidth = bandwidth * bandwidth * static_cast<double>(codes.shape()[1]);
      const auto k = [&](Tensor a, Tensor b) {
        return kernel(a, b, square_bandwidth, settings.text("kernel") == "gaussian");
      };
      const Tensor discrepancy =
          mean_of_pairs(k(codes, codes)) + mean_of_pairs(k(draws, draws)) - 2 * mean(k(codes, draws));
      return {
          .loss = terms.reconstruction + (1 - alpha) * terms.kl + (alpha + settings.number("lambda") - 1) * discrepancy,
          .parts = {{"reconstruction", terms.reconstruction, 1},
                    {"kl", terms.kl},
                    {"squared_mmd", broadcast_to(discrepancy, terms.kl.shape())},
                    {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
