// A VAE with planar flows on its posterior, trained on Fashion-MNIST (Debian's package dataset-fashion-mnist).
#include <cstdio>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/data/graph_input.h"
#include "elbo/data/registry.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/flows/planar.h"
#include "elbo/models/elbo.h"
#include "elbo/nn/mlp.h"
#include "elbo/prob/bernoulli.h"
#include "elbo/prob/normal.h"
#include "elbo/prob/transformed_distribution.h"
#include "elbo/settings/error.h"
#include "elbo/train/optimizer.h"

using namespace elbo;

int main() try {
  const data::Dataset images = data::load_dataset("fashion-mnist");
  const nn::Parameters parameters{{.seed = 1}};
  const nn::Mlp encoder{parameters / "encoder", {.layers = {784, 200}, .output_activation = "relu"}};
  const nn::Linear loc{parameters / "loc", {.in = 200, .out = 10}};
  const nn::Linear log_scale{parameters / "log_scale", {.in = 200, .out = 10}};
  const nn::Mlp decoder{parameters / "decoder", {.layers = {10, 200, 784}}};
  const flows::Planar planar{parameters / "flow", {.dim = 10, .layers = 4}};

  const models::Vae vae{
      .prior = prob::StandardNormal{10},
      .posterior =
          [&](Tensor x) {
            const Tensor h = encoder(x);
            return prob::TransformedDistribution{.base = prob::Normal{.loc = loc(h), .scale = exp(log_scale(h))},
                                                 .transform = planar};
          },
      .likelihood = [&](Tensor z) { return prob::Bernoulli{.logits = decoder(z)}; },
  };
  Graph graph(GraphMode::kTraining);
  const Tensor loss = mean(models::negative_elbo(vae, data::inputs(graph, images, 128).at("x")));
  graph.update(train::Adam{{.learning_rate = 1e-3}}.apply(gradients(loss, parameters)));
  graph.output("loss", loss);
  const Executable step = compile(graph);

  const data::Feed feed(step, images.train);
  data::Batches batches({.rows = images.train.count(), .batch_size = 128, .seed = 1});
  for (int64_t i = 0; i <= 400; ++i) {
    feed(batches.rows_of_step(i));
    step.run({.seed = 1, .step = static_cast<uint64_t>(i)});
    const auto value = static_cast<double>(step.output("loss").values<float>()[0]);
    if (i % 100 == 0) std::printf("step %3d  -ELBO %.1f nats per image\n", static_cast<int>(i), value);
  }
} catch (const DataError& error) {
  std::printf("skipped: %s\n", error.what());
}
