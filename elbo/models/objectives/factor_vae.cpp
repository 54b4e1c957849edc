// FactorVAE: the total correlation of the code by a classifier that is trained beside the model.
//                                                                                  Kim & Mnih (2018), eq. 2 and 3
//   loss = reconstruction + KL + γ log D(z) / (1 - D(z))
//
// D(z) is the chance that the classifier gives z for being a code, and not one whose dimensions come from different
// examples.  The published training takes the second kind from a batch of its own and two optimizers; here dimension j
// of a row is taken j + 1 rows further on, the classifier learns by the model's optimizer, and its loss, of which the
// model feels nothing, is no part of the figure.
#include <vector>

#include "elbo/engine/ops.h"
#include "elbo/models/objective.h"
#include "elbo/nn/network.h"

namespace elbo::models {

namespace {

nn::Network classifier(const ObjectiveSite& site, const Settings& settings) {
  return nn::make_network({.scope = site.scope / "classifier", .in = site.code_dim, .out = 1},
                          settings.part("classifier"));
}

// [n, dim] -> [n, dim]: rows whose dimensions come from different rows.
Tensor rows_mixed(Tensor z) {
  const int64_t rows = z.shape()[0], dim = z.shape()[1];
  Array from(DType::kI32, {rows * dim});
  const auto indices = from.values<int32_t>();
  for (int64_t i = 0; i < rows; ++i) {
    for (int64_t j = 0; j < dim; ++j) {
      indices[static_cast<size_t>(i * dim + j)] = static_cast<int32_t>((i + j + 1) % rows * dim + j);
    }
  }
  return reshape(gather(reshape(z, {rows * dim}), z.graph().constant(from), 0), {rows, dim});
}

}  // namespace

extern const VaeObjective kFactorVaeObjective;
const VaeObjective kFactorVaeObjective{
    .name = "factor-vae",
    .description = "the bound + gamma times the total correlation of the code, told by a classifier",
    .paper = "Kim & Mnih 2018",
    .settings =
        {latent_samples_option("codes drawn for each example in a step"), kl_option(),
         Number{.key = "gamma", .value = 10, .meaning = "weight of the total correlation", .limits = {.at_least = 0}},
         Part{.key = "classifier",
              .value = "mlp",
              .meaning = "the network that tells codes from those of mixed rows",
              .rows = nn::networks().view()}},
    .declare = [](const ObjectiveSite& site, const Settings& settings) { classifier(site, settings); },
    .terms = [](const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings) -> Terms {
      Graph& graph = x.graph();
      const nn::Network network = classifier(site, settings);
      const prob::Distribution posterior = vae.posterior(x);
      const ElboTerms terms = elbo_terms(vae, posterior, x, elbo_options(settings));
      const int64_t rows = x.shape()[0];
      const Tensor z = posterior.sample(graph, rows);
      Tensor correlation;
      {
        const Graph::HoldGuard hold = graph.hold_variables();
        correlation = reshape(network(z), {rows});
      }
      Tensor loss = terms.reconstruction + terms.kl + settings.number("gamma") * correlation;
      if (graph.training()) {
        const Tensor codes = stop_gradient(z);
        const Tensor mistakes = 0.5 * (softplus(-network(codes)) + softplus(network(rows_mixed(codes))));
        const Tensor learned = mean(mistakes);
        loss = loss + (learned - stop_gradient(learned));
      }
      return {.loss = loss,
              .parts = {{"reconstruction", terms.reconstruction, 1},
                        {"kl", terms.kl},
                        {"total_correlation", correlation},
                        {"negative_elbo", terms.negative_elbo, 1}}};
    }};

}  // namespace elbo::models
