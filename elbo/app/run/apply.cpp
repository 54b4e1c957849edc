#include "elbo/app/run/apply.h"

#include <algorithm>
#include <cstring>
#include <functional>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"

namespace elbo::app {
namespace {

constexpr int64_t kRowsAtOnce = 256;

// Draws made here and in training never coincide.
constexpr uint64_t kApplySeed = 0x6170706cu;

// Copies the first `rows` rows of `part` to row `first` of `whole`.
void copy_rows(const Array& part, int64_t rows, int64_t first, Array& whole) {
  const size_t row_bytes = static_cast<size_t>(whole.shape()[1]) * sizeof(float);
  std::memcpy(whole.data() + static_cast<size_t>(first) * row_bytes, part.data(),
              static_cast<size_t>(rows) * row_bytes);
}

Tensor mean_or_center(const prob::Distribution& distribution, Graph& graph, int64_t rows) {
  const std::optional<Tensor> mean = distribution.mean(graph, rows);
  return mean ? *mean : distribution.center(graph, rows);
}

// Runs rows of a split through what `build` makes of them: tensors [batch, dim], in the order given.
using Build = std::function<std::vector<Tensor>(Graph& graph, Tensor x, int64_t batch)>;
std::vector<Array> apply(const data::Dataset& dataset, data::Split split, const ApplyOptions& options,
                         const Build& build) {
  const Array& source = dataset.split(split).rows;
  const int64_t rows = options.rows > 0 ? std::min(options.rows, source.shape()[0]) : source.shape()[0];
  Graph graph;
  const Tensor x = data::graph_input(graph, dataset, kRowsAtOnce);
  std::vector<std::string> names;
  std::vector<Array> results;
  for (const Tensor tensor : build(graph, x, kRowsAtOnce)) {
    names.push_back(std::to_string(names.size()));
    graph.output(names.back(), tensor);
    results.emplace_back(DType::kF32, Shape{rows, tensor.shape()[1]});
  }
  const Executable run = compile(graph, {.threads = options.threads});
  data::EvaluationBatches batches(source.shape()[0], kRowsAtOnce);
  for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
    const int64_t index = first / kRowsAtOnce;
    data::gather(source, batches.batch(index).rows, run.input("x"));
    run.run({.seed = options.seed ^ kApplySeed, .step = static_cast<uint64_t>(index)});
    const int64_t count = std::min(kRowsAtOnce, rows - first);
    for (size_t i = 0; i < names.size(); ++i) copy_rows(run.output(names[i]), count, first, results[i]);
  }
  return results;
}

}  // namespace

Array draw_samples(const models::Vae& vae, const ApplyOptions& options) {
  Graph graph;
  const Tensor z = vae.prior.sample(graph, kRowsAtOnce);
  const prob::Distribution likelihood = vae.likelihood(z);
  const Tensor x =
      options.draw ? likelihood.sample(graph, kRowsAtOnce) : mean_or_center(likelihood, graph, kRowsAtOnce);
  graph.output("x", x);
  const Executable run = compile(graph, {.threads = options.threads});
  Array samples(DType::kF32, {options.rows, x.shape()[1]});
  for (int64_t first = 0; first < options.rows; first += kRowsAtOnce) {
    run.run({.seed = options.seed ^ kApplySeed, .step = static_cast<uint64_t>(first / kRowsAtOnce)});
    copy_rows(run.output("x"), std::min(kRowsAtOnce, options.rows - first), first, samples);
  }
  return samples;
}

Reconstructions reconstruct(const models::Vae& vae, const data::Dataset& dataset, data::Split split,
                            const ApplyOptions& options) {
  std::vector<Array> both =
      apply(dataset, split, options, [&](Graph& graph, Tensor x, int64_t batch) -> std::vector<Tensor> {
        const prob::Distribution posterior = vae.posterior(x);
        const Tensor z = options.draw ? posterior.sample(graph, batch) : posterior.center(graph, batch);
        return {x, mean_or_center(vae.likelihood(z), graph, batch)};
      });
  return {.inputs = std::move(both[0]), .outputs = std::move(both[1])};
}

Array encode(const models::Vae& vae, const data::Dataset& dataset, data::Split split, const ApplyOptions& options) {
  std::vector<Array> codes =
      apply(dataset, split, options, [&](Graph& graph, Tensor x, int64_t batch) -> std::vector<Tensor> {
        const prob::Distribution posterior = vae.posterior(x);
        return {options.draw ? posterior.sample(graph, batch) : posterior.center(graph, batch)};
      });
  return std::move(codes[0]);
}

}  // namespace elbo::app
