// β-TCVAE: the divergence in three parts, of which the total correlation is weighed.          Chen et al. (2018), eq. 4
//
//   loss = reconstruction + α I(x; z) + β KL(q(z) || Π_j q(z_j)) + γ Σ_j KL(q(z_j) || p(z_j))
//
// By one draw each, with the aggregated posterior as far as the batch shows it: q(z) = (1/batch) Σ_n q(z | x_n).  The
// published estimator by weighted batches differs by constants (of N training rows and d dimensions: log N, (d - 1) log
// N and -d log N, which add up to 0); gradients are the same, and with α = β = γ = 1 so is the sum.  Figures depend on
// how many rows are computed at once.
#include <cmath>

#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/models/samples.h"
#include "elbo/prob/learned_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

Option tc_weight(const char* key, double value, const char* meaning) {
  return Number{.key = key, .value = value, .meaning = meaning, .limits = {.at_least = 0}};
}

// Row i * batch + n of the result is row i of z: each code before each of the batch's posteriors.
Tensor before_each(Tensor z, int64_t batch) {
  const int64_t rows = z.shape()[0], dim = z.shape()[1];
  return reshape(broadcast_to(reshape(z, {rows, 1, dim}), {rows, batch, dim}), {rows * batch, dim});
}

}  // namespace

extern const VaeObjective kBetaTcVaeObjective;
const VaeObjective kBetaTcVaeObjective{
    .name = "beta-tc-vae",
    .description = "the KL as mutual information, total correlation and what is left, the second weighed by beta",
    .paper = "Chen et al. 2018",
    .settings = {latent_samples_option("codes drawn for each example in a step"),
                 tc_weight("alpha", 1, "weight of the mutual information of example and code"),
                 tc_weight("beta", 6, "weight of the total correlation of the code's dimensions"),
                 tc_weight("gamma", 1, "weight of the divergence of each dimension from the prior")},
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& /*site*/, const Settings& settings) -> Terms {
      const int64_t samples = settings.integer("latent_samples");
      const int64_t batch = require_batch("beta-tc-vae", x, "latent_samples", samples);
      const prob::Distribution posterior = vae.posterior(x);
      const prob::Distribution prior = prob::in_graph(vae.prior, x.graph());
      const auto [z, log_q] = posterior.sample_and_log_prob(x.graph(), samples * batch);
      const std::optional<Tensor> pairs = posterior.log_prob_terms(before_each(z, batch));
      if (!pairs) {
        throw ConfigError(
            "objective \"beta-tc-vae\" needs a posterior whose dimensions are independent, as "
            "posterior = \"normal\" without a flow has them");
      }
      const Tensor each = reshape(*pairs, {samples * batch, batch, z.shape()[1]});
      const Tensor log_q_z = log_mean_exp(sum(each, {.axes = {2}}), {.axes = {1}});
      const Tensor log_q_dimensions = sum(log_mean_exp(each, {.axes = {1}}), {.axes = {1}});
      const Tensor log_p = prior.log_prob(z);
      const Tensor reconstruction = mean_over_samples(-vae.likelihood(z).log_prob(repeat_rows(x, samples)), samples);
      const Tensor information = mean_over_samples(log_q - log_q_z, samples);
      const Tensor correlation = mean_over_samples(log_q_z - log_q_dimensions, samples);
      const Tensor dimensions = mean_over_samples(log_q_dimensions - log_p, samples);
      const Tensor kl = mean_over_samples(log_q - log_p, samples);
      return {.loss = reconstruction + settings.number("alpha") * information + settings.number("beta") * correlation +
                      settings.number("gamma") * dimensions,
              .parts = {{"reconstruction", reconstruction, 1},
                        {"kl", kl},
                        {"mutual_information", information},
                        {"total_correlation", correlation},
                        {"negative_elbo", reconstruction + kl, 1}}};
    }};

}  // namespace elbo::models
