// Trains a small VAE with a planar flow for a few steps, on numbers made here, and checks that it learns.
#include <cstdio>

#include "elbo/elbo.h"

using namespace elbo;

int main() {
  constexpr int64_t kBatch = 64, kPixels = 36, kHidden = 32, kLatent = 4;
  const nn::Parameters parameters{{.seed = 1}};
  const nn::Mlp encoder{parameters / "encoder", {.layers = {kPixels, kHidden}, .output_activation = "relu"}};
  const nn::Linear loc{parameters / "loc", {.in = kHidden, .out = kLatent}};
  const nn::Linear log_scale{parameters / "log_scale", {.in = kHidden, .out = kLatent}};
  const nn::Mlp decoder{parameters / "decoder", {.layers = {kLatent, kHidden, kPixels}, .activation = "relu"}};
  const flows::Planar planar{parameters / "flow", {.dim = kLatent, .layers = 2}};

  // As in docs/design.md.
  const models::Vae vae{
      .prior = prob::StandardNormal{kLatent},
      .posterior =
          [&](Tensor x) {
            const Tensor h = encoder(x);  // [batch, hidden]
            return prob::TransformedDistribution{.base = prob::Normal{.loc = loc(h), .scale = exp(log_scale(h))},
                                                 .transform = planar};
          },
      .likelihood = [&](Tensor z) { return prob::Bernoulli{.logits = decoder(z)}; },
  };
  Graph step;
  const Tensor x = step.input("x", {kBatch, kPixels});
  const Tensor loss = mean(models::negative_elbo(vae, x, {.latent_samples = 1}));
  step.update(train::Adam{{.learning_rate = 1e-3}}.apply(gradients(loss, parameters)));
  step.output("loss", loss);
  const Executable train_step = compile(step);

  auto pixels = train_step.input("x").values<float>();
  for (size_t i = 0; i < pixels.size(); ++i) pixels[i] = (i / kPixels) % 2 == (i % 2) ? 1.0f : 0.0f;
  float first = 0, last = 0;
  for (uint64_t i = 0; i < 200; ++i) {
    train_step.run({.seed = 1, .step = i});
    last = train_step.output("loss").values<float>()[0];
    if (i == 0) first = last;
  }
  std::printf("loss %.2f -> %.2f nats per example\n", static_cast<double>(first), static_cast<double>(last));
  return last < 0.8f * first ? 0 : 1;
}
