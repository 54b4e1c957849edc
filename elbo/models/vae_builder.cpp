#include "elbo/models/vae_builder.h"

#include <array>
#include <optional>

#include "elbo/engine/error.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/registry.h"
#include "elbo/models/likelihood.h"
#include "elbo/models/prior.h"
#include "elbo/nn/mlp.h"
#include "elbo/nn/registry.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::models {

namespace {

constexpr ScaleRow kLogScale{"log-scale", "scale = exp(t)", "", "log_scale", [](Tensor t) { return exp(t); }};
constexpr ScaleRow kLogVariance{"log-variance", "scale = exp(t/2)", "Kingma & Welling 2014", "log_variance",
                                [](Tensor t) { return exp(0.5 * t); }};
// The small term keeps the log of the scale finite where softplus underflows.
constexpr ScaleRow kSoftplus{"softplus", "scale = log(1 + exp(t)) + 1e-6", "", "raw_scale",
                             [](Tensor t) { return softplus(t) + 1e-6; }};
constexpr std::array<const ScaleRow*, 3> kScales{&kLogScale, &kLogVariance, &kSoftplus};

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

// Recognition network, heads and flow: q(z | x).
struct Posterior {
  std::optional<nn::Mlp> encoder;
  nn::Linear loc;
  nn::Linear raw_scale;
  nn::Activation head_activation;
  const ScaleRow& scale;
  std::optional<prob::AnyTransform> flow;
  bool amortized;

  prob::Distribution operator()(Tensor x) const {
    const Tensor h = encoder ? (*encoder)(x) : x;  // [batch, hidden]
    const prob::Normal base{.loc = head_activation(loc(h)), .scale = scale.scale(head_activation(raw_scale(h)))};
    if (!flow) return base;
    return prob::TransformedDistribution{.base = base, .transform = *flow, .context = amortized ? h : Tensor{}};
  }
};

Posterior build_posterior(const VaeOptions& o, const nn::Parameters& parameters) {
  const nn::Initializer init = nn::initializer(o.initializer);
  std::optional<nn::Mlp> encoder;
  if (!o.encoder_hidden.empty()) {
    encoder.emplace(parameters / "encoder", nn::MlpOptions{.layers = widths(o.data_dim, o.encoder_hidden),
                                                           .activation = o.encoder_activation,
                                                           .output_activation = o.encoder_output_activation,
                                                           .init = init});
  }
  const int64_t features = encoder ? encoder->out() : o.data_dim;
  const nn::LinearOptions head{.in = features, .out = o.latent_dim, .init = init};
  const ScaleRow& scale = nn::find_row("scale", o.scale, scale_kinds());
  const nn::Linear loc{parameters / "loc", head};
  const nn::Linear raw_scale{parameters / scale.parameter, head};
  std::optional<prob::AnyTransform> flow;
  if (o.flow != "none") {
    flow = flows::flow_family(o.flow).build(
        parameters / "flow",
        {.dim = o.latent_dim, .layers = o.flow_layers, .context_dim = o.flow_amortized ? features : 0});
  }
  return {.encoder = encoder,
          .loc = loc,
          .raw_scale = raw_scale,
          .head_activation = o.head_activation,
          .scale = scale,
          .flow = flow,
          .amortized = o.flow_amortized};
}

}  // namespace

std::span<const ScaleRow* const> scale_kinds() {
  return kScales;
}

BuiltVae build_vae(const VaeOptions& options, const nn::Parameters& parameters) {
  require_positive("data_dim", options.data_dim);
  require_positive("latent_dim", options.latent_dim);
  const LikelihoodRow& likelihood_row = likelihood(options.likelihood);
  const PriorRow& prior_row = prior(options.prior);

  const Posterior posterior = build_posterior(options, parameters);
  const prob::Distribution p = prior_row.build(parameters / "prior", options.latent_dim);
  std::vector<int64_t> decoder_layers = widths(options.latent_dim, options.decoder_hidden);
  decoder_layers.push_back(likelihood_row.columns_per_value * options.data_dim);
  const nn::Mlp decoder{parameters / "decoder",
                        {.layers = decoder_layers,
                         .activation = options.decoder_activation,
                         .init = nn::initializer(options.initializer)}};
  return {.vae = {.prior = p,
                  .posterior = posterior,
                  .likelihood = [decoder, build = likelihood_row.build,
                                 data_dim = options.data_dim](Tensor z) { return build(decoder(z), data_dim); }},
          .parameters = parameters,
          .options = options};
}

}  // namespace elbo::models
