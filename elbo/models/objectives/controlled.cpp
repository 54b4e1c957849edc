#include "elbo/models/objectives/controlled_internal.h"
#include "elbo/nn/schedule.h"

namespace elbo::models {

std::vector<Option> controller_settings(double beta_min, double beta_max) {
  return {latent_samples_option("codes drawn for each example in a step"),
          kl_option(),
          Number{.key = "set_point",
                 .value = 16,
                 .meaning = "what the code is to tell of an example, a mean over the batch",
                 .unit = "nats",
                 .limits = {.at_least = 0}},
          Part{.key = "schedule",
               .value = "constant",
               .meaning = "how the set point comes about in training",
               .rows = nn::schedules().view(nn::follows_the_step)},
          Number{.key = "kp", .value = 0.01, .meaning = "gain of the error itself", .limits = {.at_least = 0}},
          Number{.key = "ki", .value = 0.001, .meaning = "gain of the sum of errors", .limits = {.at_least = 0}},
          Number{.key = "beta_min", .value = beta_min, .meaning = "least weight", .limits = {.at_least = 0}},
          Number{.key = "beta_max", .value = beta_max, .meaning = "largest weight", .limits = {.at_least = 0}}};
}

namespace {

VariablePtr kept_number(const ObjectiveSite& site, const std::string& name, double first) {
  return site.scope.get(name, {.shape = {}, .init = nn::init::constant(first), .trainable = false});
}

}  // namespace

void declare_controller(const ObjectiveSite& site, double first_beta, const std::vector<std::string>& names) {
  kept_number(site, "beta", first_beta);
  for (const std::string& name : names) kept_number(site, name, 0);
}

Terms controlled_terms(const Vae& vae, Tensor x, const ObjectiveSite& site, const Settings& settings,
                       const std::function<Tensor(const ControlStep&, Tensor beta)>& next) {
  const double least = settings.number("beta_min"), most = settings.number("beta_max");
  if (most < least) settings.refuse("beta_max", "must be at least beta_min");
  Graph& graph = x.graph();
  const ElboTerms terms = elbo_terms(vae, x, elbo_options(settings));
  // Variables that a site without the model's own ones has yet to be given.
  const auto variable = [&](const std::string& name) {
    const VariablePtr found = site.scope.find(name);
    return found != nullptr ? found : kept_number(site, name, 0);
  };
  Tensor beta = graph.variable(variable("beta"));
  if (graph.training()) {
    const Tensor set_point =
        settings.number("set_point") * nn::factor(graph, {.steps = site.steps}, settings.part("schedule"));
    const ControlStep step{.error = set_point - stop_gradient(mean(terms.kl)),
                           .kept = [&](const std::string& name) { return graph.variable(variable(name)); },
                           .keep = [&](const std::string& name, Tensor value) { graph.update(variable(name), value); }};
    beta = clamp(next(step, beta), least, most);
    graph.update(variable("beta"), beta);
  }
  return {.loss = terms.reconstruction + beta * terms.kl,
          .parts = {{"reconstruction", terms.reconstruction, 1},
                    {"kl", terms.kl},
                    {"negative_elbo", terms.negative_elbo, 1},
                    {"beta", broadcast_to(beta, terms.kl.shape())}}};
}

}  // namespace elbo::models
