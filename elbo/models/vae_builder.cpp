#include "elbo/models/vae_builder.h"

#include <optional>

#include "elbo/flows/invert.h"
#include "elbo/flows/registry.h"
#include "elbo/models/likelihood.h"
#include "elbo/nn/mlp.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"

namespace elbo::models {

namespace {

std::vector<int64_t> widths(int64_t first, const std::vector<int64_t>& hidden) {
  std::vector<int64_t> result{first};
  result.insert(result.end(), hidden.begin(), hidden.end());
  return result;
}

void require_positive(std::string_view option, int64_t value) {
  if (value < 1) {
    throw ConfigError("vae: " + std::string(option) + " = " + std::to_string(value) + ", must be at least 1");
  }
}

// Recognition network and posterior: x -> q(z | x).
std::function<prob::Distribution(Tensor)> build_posterior(const VaeOptions& o, const nn::Parameters& parameters) {
  const nn::Initializer init = nn::initializer(o.initializer);
  std::optional<nn::Mlp> encoder;
  if (!o.encoder_hidden.empty()) {
    encoder.emplace(parameters / "encoder", nn::MlpOptions{.layers = widths(o.data_dim, o.encoder_hidden),
                                                           .activation = o.encoder_activation,
                                                           .output_activation = o.encoder_output_activation,
                                                           .init = init});
  }
  const Posterior posterior{
      parameters, {.features = encoder ? encoder->out() : o.data_dim, .latent_dim = o.latent_dim}, o.posterior, init};
  return [encoder, posterior](Tensor x) { return posterior(encoder ? (*encoder)(x) : x); };
}

prob::Distribution build_prior(const VaeOptions& o, const nn::Parameters& scope, bool training) {
  const BaseRow& row = base(o.prior.name);
  if (!row.covers_all) {
    throw ConfigError("vae: a " + o.prior.name + " prior has no density where codes may lie, and no bound");
  }
  const prob::Distribution start = row.build(scope, o.latent_dim, o.prior.base);
  if (o.prior.flow == "none") return start;
  const flows::FlowFamily& family = flows::flow_family(o.prior.flow);
  if (family.base_support != flows::Support::kReal || family.data_support != flows::Support::kReal) {
    throw ConfigError("vae: the prior's " + o.prior.flow + " flow does not map all reals onto all reals");
  }
  flows::FlowOptions options = o.prior.flow_options;
  options.dim = o.latent_dim;
  options.training = training;
  return prob::TransformedDistribution{.base = start,
                                       .transform = flows::fast_inverse(family.build(scope / "flow", options))};
}

}  // namespace

BuiltVae build_vae(const VaeOptions& options, const nn::Parameters& parameters) {
  require_positive("data_dim", options.data_dim);
  require_positive("latent_dim", options.latent_dim);
  const LikelihoodRow& likelihood_row = likelihood(options.likelihood);

  const auto posterior = build_posterior(options, parameters);
  const prob::Distribution prior = build_prior(options, parameters / "prior", false);
  const prob::Distribution training_prior = build_prior(options, parameters / "prior", true);
  std::vector<int64_t> decoder_layers = widths(options.latent_dim, options.decoder_hidden);
  decoder_layers.push_back(likelihood_row.columns_per_value * options.data_dim);
  const nn::Mlp decoder{parameters / "decoder",
                        {.layers = decoder_layers,
                         .activation = options.decoder_activation,
                         .init = nn::initializer(options.initializer)}};
  const auto likelihood = [decoder, build = likelihood_row.build, data_dim = options.data_dim](Tensor z) {
    return build(decoder(z), data_dim);
  };
  return {.vae = {.prior = prior, .posterior = posterior, .likelihood = likelihood},
          .training = {.prior = training_prior, .posterior = posterior, .likelihood = likelihood},
          .parameters = parameters,
          .options = options};
}

}  // namespace elbo::models
