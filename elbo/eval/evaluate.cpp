#include "elbo/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/models/elbo.h"
#include "elbo/models/importance.h"
#include "elbo/settings/error.h"

namespace elbo::eval {

namespace {

// Rows of the decoder in one run: enough to keep it busy, few enough that its activations stay in the caches.
constexpr int64_t kRowsAtOnce = 2048;

// Draws of evaluation and of training never coincide.
constexpr uint64_t kEvaluationSeed = 0x65766131u;

// How `samples` latent samples of `examples` examples are cut into runs.
struct Pieces {
  int64_t batch = 1;   // examples in a run
  int64_t chunk = 1;   // latent samples in a run
  int64_t chunks = 1;  // runs of that kind
  int64_t rest = 0;    // latent samples of one more run, if any
};

Pieces cut(int64_t examples, int64_t samples, int64_t batch_size) {
  Pieces pieces;
  const int64_t few = std::max<int64_t>(kRowsAtOnce / samples, 16);  // examples, when all samples fit one run
  pieces.batch = std::min({batch_size, std::max<int64_t>(examples, 1), few});
  pieces.chunk = std::clamp<int64_t>(kRowsAtOnce / pieces.batch, 1, samples);
  pieces.chunks = samples / pieces.chunk;
  pieces.rest = samples % pieces.chunk;
  return pieces;
}

void check(const data::Dataset& dataset, data::Split split, int64_t samples, const EvaluateOptions& options) {
  if (samples < 1) throw ConfigError("evaluate: " + std::to_string(samples) + " samples: must be at least 1");
  if (options.batch_size < 1) {
    throw ConfigError("evaluate: batch_size = " + std::to_string(options.batch_size) + ": must be at least 1");
  }
  if (dataset.split(split).count() == 0) {
    throw DataError("evaluate: the " + std::string(name_of(split)) + " split of " + dataset.name + " is empty");
  }
}

// Builds the outputs of a graph for x and a number of latent samples.
using Build = std::function<void(Graph& graph, Tensor x, int64_t samples)>;
// Takes what a run gave: rows of the split, how many of them count, the executable, the samples of the run.
using Take = std::function<void(std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t samples)>;

// Runs every example of a split through `samples` latent samples.
void for_all_examples(const data::Dataset& dataset, data::Split split, int64_t samples, const EvaluateOptions& options,
                      const Build& build, const Take& take) {
  check(dataset, split, samples, options);
  const Array& rows = dataset.split(split).rows;
  const Pieces pieces = cut(rows.shape()[0], samples, options.batch_size);
  // Where an example is drawn anew in every run, and takes several, it is drawn before all of them: latent samples of
  // one example belong to one x.  A mean of weights over several would be that of the likeliest.
  const bool drawn_before = dataset.binarization == data::Binarization::kDynamic && pieces.chunk < samples;
  const auto make = [&](int64_t chunk) {
    Graph graph;
    const Tensor x = drawn_before ? graph.input("x", {pieces.batch, dataset.dim()})
                                  : data::graph_input(graph, dataset, pieces.batch);
    build(graph, x, chunk);
    return compile(graph, {.threads = options.threads});
  };
  std::optional<Executable> draw;
  if (drawn_before) {
    Graph graph;
    graph.output("drawn", data::graph_input(graph, dataset, pieces.batch));
    draw = compile(graph, {.threads = options.threads});
  }
  const Executable whole = make(pieces.chunk);
  std::optional<Executable> rest;
  if (pieces.rest > 0) rest = make(pieces.rest);

  data::EvaluationBatches batches(rows.shape()[0], pieces.batch);
  uint64_t step = 0;  // every run draws numbers of its own
  for (int64_t index = 0; index < batches.count(); ++index) {
    const data::EvaluationBatch batch = batches.batch(index);
    const uint64_t seed = options.seed ^ kEvaluationSeed;
    if (draw) {
      data::gather(rows, batch.rows, draw->input("x"));
      draw->run({.seed = seed, .step = step++});
      whole.input("x") = draw->output("drawn");
      if (rest) rest->input("x") = draw->output("drawn");
    } else {
      data::gather(rows, batch.rows, whole.input("x"));
      if (rest) data::gather(rows, batch.rows, rest->input("x"));
    }
    for (int64_t chunk = 0; chunk < pieces.chunks; ++chunk) {
      whole.run({.seed = seed, .step = step++});
      take(batch.rows, batch.valid, whole, pieces.chunk);
    }
    if (rest) {
      rest->run({.seed = seed, .step = step++});
      take(batch.rows, batch.valid, *rest, pieces.rest);
    }
    if (options.on_progress) {
      options.on_progress(static_cast<double>(index + 1) / static_cast<double>(batches.count()));
    }
  }
}

// log of a sum of exponentials, fed one term at a time.
class LogSumExp {
 public:
  void add(double term) {
    if (term == -std::numeric_limits<double>::infinity()) return;
    if (term <= top_) {
      sum_ += std::exp(term - top_);
    } else {
      sum_ = sum_ * std::exp(top_ - term) + 1;
      top_ = term;
    }
  }
  double value() const { return top_ + std::log(sum_); }

 private:
  double top_ = -std::numeric_limits<double>::infinity();
  double sum_ = 0;
};

Estimate importance_nll(const models::Vae& vae, const data::Dataset& dataset, data::Split split,
                        const EvaluateOptions& options) {
  const int64_t samples = options.importance_samples;
  std::vector<LogSumExp> weights(static_cast<size_t>(dataset.split(split).count()));
  for_all_examples(
      dataset, split, samples, options,
      [&](Graph& graph, Tensor x, int64_t chunk) {
        graph.output("log_weights", models::log_weights(vae, x, {.importance_samples = chunk}));
      },
      [&](std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t chunk) {
        const Array& log_weights = run.output("log_weights");  // [chunk, batch]
        const auto values = log_weights.values<float>();
        const auto batch = static_cast<size_t>(log_weights.shape()[1]);
        for (size_t k = 0; k < static_cast<size_t>(chunk); ++k) {
          for (size_t r = 0; r < static_cast<size_t>(valid); ++r) {
            weights[static_cast<size_t>(rows[r])].add(static_cast<double>(values[k * batch + r]));
          }
        }
      });
  std::vector<double> nll;
  for (const LogSumExp& weight : weights) nll.push_back(std::log(static_cast<double>(samples)) - weight.value());
  return estimate_of(nll, samples);
}

}  // namespace

Estimate estimate_of(const std::vector<double>& values, int64_t samples) {
  Estimate result;
  result.samples = samples;
  const auto n = static_cast<double>(values.size());
  double total = 0;
  for (const double value : values) total += value;
  result.mean = total / n;
  double squares = 0;
  for (const double value : values) squares += (value - result.mean) * (value - result.mean);
  result.standard_error =
      values.size() < 2 ? std::numeric_limits<double>::quiet_NaN() : std::sqrt(squares / (n - 1) / n);
  return result;
}

std::map<std::string, Estimate> evaluate_rows(const RowQuantities& build, const data::Dataset& dataset,
                                              data::Split split, const EvaluateOptions& options) {
  const int64_t samples = options.latent_samples;
  std::map<std::string, std::vector<double>> sums;
  const auto count = static_cast<size_t>(dataset.split(split).count());
  for_all_examples(
      dataset, split, samples, options,
      [&](Graph& graph, Tensor x, int64_t chunk) {
        for (const auto& [name, tensor] : build(x, chunk)) {
          graph.output(name, tensor);
          sums[name].assign(count, 0.0);
        }
      },
      [&](std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t chunk) {
        for (auto& [name, sum] : sums) {
          const auto values = run.output(name).values<float>();
          for (size_t r = 0; r < static_cast<size_t>(valid); ++r) {
            sum[static_cast<size_t>(rows[r])] += static_cast<double>(values[r]) * static_cast<double>(chunk);
          }
        }
      });
  std::map<std::string, Estimate> result;
  for (auto& [name, sum] : sums) {
    for (double& value : sum) value /= static_cast<double>(samples);
    result[name] = estimate_of(sum, samples);
  }
  return result;
}

Evaluation evaluate(const models::Vae& vae, const data::Dataset& dataset, data::Split split,
                    const EvaluateOptions& options) {
  // The importance-weighted pass is most of the work when it is asked for.
  EvaluateOptions bound = options, importance = options;
  if (options.on_progress && options.importance_samples > 0) {
    const double share = static_cast<double>(options.latent_samples) /
                         static_cast<double>(options.latent_samples + options.importance_samples);
    bound.on_progress = [&options, share](double fraction) { options.on_progress(share * fraction); };
    importance.on_progress = [&options, share](double fraction) {
      options.on_progress(share + (1 - share) * fraction);
    };
  }
  const auto estimates = evaluate_rows(
      [&](Tensor x, int64_t samples) {
        const models::ElboTerms terms = models::elbo_terms(vae, x, {.latent_samples = samples});
        return std::map<std::string, Tensor>{
            {"negative_elbo", terms.negative_elbo}, {"reconstruction", terms.reconstruction}, {"kl", terms.kl}};
      },
      dataset, split, bound);
  Evaluation result;
  result.negative_elbo = estimates.at("negative_elbo");
  result.reconstruction = estimates.at("reconstruction");
  result.kl = estimates.at("kl");
  if (options.importance_samples > 0) result.nll_importance = importance_nll(vae, dataset, split, importance);
  result.count = dataset.split(split).count();
  result.split = split;
  return result;
}

}  // namespace elbo::eval
