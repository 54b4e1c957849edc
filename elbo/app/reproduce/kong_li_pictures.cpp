#include "elbo/app/reproduce/kong_li_pictures.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/compile.h"
#include "elbo/report/image_grid.h"

namespace elbo::app::kong_li {
namespace {

// Draws of pictures, of training and of evaluation never coincide.
constexpr uint64_t kPictureSeed = 0x70696374u;

Tensor shown(const prob::Distribution& likelihood, Graph& graph, int64_t rows) {
  const std::optional<Tensor> mean = likelihood.mean(graph, rows);
  return mean ? *mean : likelihood.center(graph, rows);
}

}  // namespace

std::optional<Pictures> draw_pictures(const models::Vae& vae, const data::Dataset& dataset,
                                      const PicturesOptions& options) {
  if (!dataset.image.is_image() || (dataset.image.channels != 1 && dataset.image.channels != 3)) return std::nullopt;
  const int64_t count = std::min(options.count, dataset.train.count());
  Graph graph;
  const Tensor x = data::graph_input(graph, dataset, count);
  graph.output("inputs", x);
  graph.output("reconstructions", shown(vae.likelihood(vae.posterior(x).sample(graph, count)), graph, count));
  graph.output("samples", shown(vae.likelihood(vae.prior.sample(graph, count)), graph, count));
  const Executable run = compile(graph, {.threads = options.threads});

  std::vector<int64_t> first(static_cast<size_t>(count));
  std::iota(first.begin(), first.end(), 0);
  data::gather(dataset.train.rows, first, run.input("x"));
  run.run({.seed = options.seed ^ kPictureSeed});

  const report::ImageShape shape{.height = static_cast<int>(dataset.image.height),
                                 .width = static_cast<int>(dataset.image.width),
                                 .channels = static_cast<int>(dataset.image.channels)};
  return Pictures{
      .reconstructions = report::paired_grid(run.output("inputs"), run.output("reconstructions"), shape, {.scale = 2}),
      .samples = report::image_grid(run.output("samples"), shape, {.scale = 2}),
  };
}

}  // namespace elbo::app::kong_li
