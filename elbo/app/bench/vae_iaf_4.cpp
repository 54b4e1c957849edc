#include "elbo/app/bench/vae_workload.h"
#include "elbo/app/bench/workloads.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/registry.h"
#include "elbo/models/elbo.h"
#include "elbo/nn/mlp.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"

namespace elbo::app::bench {
namespace {

constexpr int64_t kLatent = 32;
constexpr int64_t kContext = 64;
constexpr int64_t kHidden = 500;

// vae-kong-li's nets with a third head, the context of four inverse autoregressive steps.
models::Vae make_vae(const nn::Parameters& parameters) {
  const nn::Mlp encoder{parameters / "encoder", {.layers = {kPixels, kHidden, kHidden}, .output_activation = "relu"}};
  const nn::Linear loc{parameters / "loc", {.in = kHidden, .out = kLatent}};
  const nn::Linear log_scale{parameters / "log_scale", {.in = kHidden, .out = kLatent}};
  const nn::Linear context{parameters / "context", {.in = kHidden, .out = kContext}};
  const prob::AnyTransform flow =
      flows::make_flow("iaf", {.scope = parameters / "flow", .dim = kLatent, .context_dim = kContext},
                       {"layers=4", "network.hidden=[320, 320]"});
  const nn::Mlp decoder{parameters / "decoder", {.layers = {kLatent, kHidden, kHidden, kPixels}}};
  return {.prior = prob::StandardNormal{kLatent},
          .posterior = [=](Tensor x) -> prob::Distribution {
            const Tensor h = encoder(x);
            return prob::TransformedDistribution{.base = prob::Normal{.loc = loc(h), .scale = exp(log_scale(h))},
                                                 .transform = flow,
                                                 .context = context(h)};
          },
          .likelihood = [=](Tensor z) { return prob::Bernoulli{.logits = decoder(z)}; }};
}

}  // namespace

const WorkloadEntry kVaeIaf4{
    .name = "vae-iaf-4",
    .summary = "vae-kong-li with 32 latents and 4 inverse autoregressive steps of 2x320, context 64",
    .make = [](const WorkloadOptions& options) {
      const nn::Parameters parameters{{.seed = 1}};
      return vae_training("vae-iaf-4", make_vae(parameters), parameters, options);
    }};

}  // namespace elbo::app::bench
