#include "elbo/eval/evaluate.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <utility>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/apply.h"
#include "elbo/eval/evidence.h"
#include "elbo/eval/words_internal.h"
#include "elbo/models/samples.h"
#include "elbo/settings/error.h"

namespace elbo::eval {

namespace {

// Rows of the decoder in one run: enough to keep it busy, few enough that its activations stay in the caches.
constexpr int64_t kSampledRowsAtOnce = 2048;

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
  const int64_t few = std::max<int64_t>(kSampledRowsAtOnce / samples, 16);  // examples, when all samples fit one run
  pieces.batch = std::min({batch_size, std::max<int64_t>(examples, 1), few});
  pieces.chunk = std::clamp<int64_t>(kSampledRowsAtOnce / pieces.batch, 1, samples);
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

}  // namespace

// The programs that take every example of a split through a number of latent samples.
struct RowEvaluator::Passes {
  // Builds the outputs of a graph for the columns of a batch and a number of latent samples.
  using Build = std::function<void(Graph& graph, const models::Batch& batch, int64_t samples)>;
  // Takes what a run gave: rows of the split, how many of them count, the executable, the samples of the run.
  using Take =
      std::function<void(std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t samples)>;

  Passes(const data::Dataset& data, data::Split which, int64_t count, const EvaluateOptions& how, const Build& build)
      : dataset(data), split(which), samples(count), options(how) {
    check(dataset, split, samples, options);
    pieces = cut(dataset.split(split).count(), samples, options.batch_size);
    // Where an example is drawn anew in every run, and takes several, it is drawn before all of them: latent samples
    // of one example belong to one x.  A mean of weights over several would be that of the likeliest.
    const bool drawn_before = dataset.binarization == data::Binarization::kDynamic && pieces.chunk < samples;
    const auto make = [&](int64_t chunk) {
      Graph graph;
      models::Batch batch;
      if (drawn_before) {
        for (const ColumnFacts& column : read_columns()) {
          batch.emplace(column.name, graph.input(column.name, {pieces.batch, column.dim}));
        }
      } else {
        batch = data::inputs(graph, dataset, pieces.batch);
      }
      build(graph, batch, chunk);
      return compile(graph, {.threads = options.threads});
    };
    if (drawn_before) {
      Graph graph;
      for (const auto& [name, values] : data::inputs(graph, dataset, pieces.batch)) graph.output(name, values);
      draw = compile(graph, {.threads = options.threads});
    }
    whole = make(pieces.chunk);
    if (pieces.rest > 0) rest = make(pieces.rest);
  }

  std::vector<ColumnFacts> read_columns() const {
    Graph graph;
    std::vector<ColumnFacts> columns;
    for (const auto& [name, values] : data::inputs(graph, dataset, 1)) {
      columns.push_back({.name = name, .dim = values.shape()[1]});
    }
    return columns;
  }

  void feed(std::span<const int64_t> rows, const Executable& run) const {
    if (!draw || &run == &*draw) {
      data::Feed(run, dataset.split(split))(rows);
      return;
    }
    for (const auto& [name, node] : run.graph().inputs()) run.input(name) = draw->output(name);
  }

  void run(const Take& take) const {
    data::EvaluationBatches batches(dataset.split(split).count(), pieces.batch);
    uint64_t step = 0;  // every run draws numbers of its own
    const auto compute = [&](const Executable& run, uint64_t seed) {
      if (options.before_each_run) options.before_each_run();
      run.run({.seed = seed, .step = step++});
    };
    for (int64_t index = 0; index < batches.count(); ++index) {
      const data::EvaluationBatch batch = batches.batch(index);
      const uint64_t seed = options.seed ^ kEvaluationSeed;
      if (draw) {
        feed(batch.rows, *draw);
        compute(*draw, seed);
      }
      feed(batch.rows, *whole);
      for (int64_t chunk = 0; chunk < pieces.chunks; ++chunk) {
        compute(*whole, seed);
        take(batch.rows, batch.valid, *whole, pieces.chunk);
      }
      if (rest) {
        feed(batch.rows, *rest);
        compute(*rest, seed);
        take(batch.rows, batch.valid, *rest, pieces.rest);
      }
      if (options.on_progress) {
        options.on_progress(static_cast<double>(index + 1) / static_cast<double>(batches.count()));
      }
    }
  }

  const data::Dataset& dataset;
  data::Split split;
  int64_t samples;
  EvaluateOptions options;
  Pieces pieces;
  std::vector<std::string> names;
  std::optional<Executable> draw, whole, rest;
};

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

RowEvaluator::RowEvaluator(const RowQuantities& build, const data::Dataset& dataset, data::Split split,
                           const EvaluateOptions& options) {
  std::vector<std::string> names;
  passes_ = std::make_unique<Passes>(dataset, split, options.latent_samples, options,
                                     [&](Graph& graph, const models::Batch& batch, int64_t chunk) {
                                       names.clear();
                                       for (const auto& [name, tensor] : build(graph, batch, chunk)) {
                                         graph.output(name, tensor);
                                         names.push_back(name);
                                       }
                                     });
  passes_->names = names;
}

RowEvaluator::~RowEvaluator() = default;
RowEvaluator::RowEvaluator(RowEvaluator&&) noexcept = default;
RowEvaluator& RowEvaluator::operator=(RowEvaluator&&) noexcept = default;

std::map<std::string, std::vector<double>> RowEvaluator::values() const {
  std::map<std::string, std::vector<double>> sums;
  const auto count = static_cast<size_t>(passes_->dataset.split(passes_->split).count());
  for (const std::string& name : passes_->names) sums[name].assign(count, 0.0);
  passes_->run([&](std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t chunk) {
    for (auto& [name, sum] : sums) {
      const auto values = run.output(name).values<float>();
      for (size_t r = 0; r < static_cast<size_t>(valid); ++r) {
        sum[static_cast<size_t>(rows[r])] += static_cast<double>(values[r]) * static_cast<double>(chunk);
      }
    }
  });
  for (auto& [name, sum] : sums) {
    for (double& value : sum) value /= static_cast<double>(passes_->samples);
  }
  return sums;
}

std::map<std::string, Estimate> RowEvaluator::estimates() const {
  std::map<std::string, Estimate> result;
  for (const auto& [name, values] : this->values()) result[name] = estimate_of(values, passes_->samples);
  return result;
}

std::vector<ImportanceWeights> RowEvaluator::importance_weights(const models::Bounds& bounds,
                                                                const data::Dataset& dataset, data::Split split,
                                                                const EvaluateOptions& options) {
  const int64_t samples = options.importance_samples;
  std::vector<ImportanceWeights> result(static_cast<size_t>(dataset.split(split).count()));
  const Passes passes(dataset, split, samples, options, [&](Graph& graph, const models::Batch& batch, int64_t chunk) {
    graph.output("log_weights", bounds.log_weights(batch, chunk));
  });
  // All samples of a batch come one after the other, so that one batch's weights are kept at a time.
  std::vector<LogWeights> weights;
  passes.run([&](std::span<const int64_t> rows, int64_t valid, const Executable& run, int64_t chunk) {
    if (weights.empty()) weights.assign(static_cast<size_t>(valid), LogWeights(samples));
    const Array& log_weights = run.output("log_weights");  // [chunk, batch]
    const auto values = log_weights.values<float>();
    const auto batch = static_cast<size_t>(log_weights.shape()[1]);
    for (size_t k = 0; k < static_cast<size_t>(chunk); ++k) {
      for (size_t r = 0; r < weights.size(); ++r) weights[r].add(static_cast<double>(values[k * batch + r]));
    }
    if (weights.front().draws() < samples) return;
    for (size_t r = 0; r < weights.size(); ++r) {
      result[static_cast<size_t>(rows[r])] = {.nll = -weights[r].log_mean(),
                                              .standard_error = weights[r].standard_error(),
                                              .effective_samples = weights[r].effective_samples(),
                                              .pareto_k = weights[r].pareto_k()};
    }
    weights.clear();
  });
  return result;
}

RowQuantities loss_quantities(const models::Model& model) {
  return [&model](Graph& graph, const models::Batch& batch, int64_t draws) {
    models::Batch repeated;
    int64_t rows = 0;
    for (const auto& [name, values] : batch) {
      repeated.emplace(name, draws == 1 ? values : repeat_rows(values, draws));
      rows = values.shape()[0] * draws;
    }
    const models::Terms terms = model.terms(graph, repeated, rows);
    std::map<std::string, Tensor> quantities{{"loss", models::mean_over_samples(terms.loss, draws)}};
    for (const models::Term& term : terms.parts)
      quantities.emplace(term.name, models::mean_over_samples(term.values, draws));
    return quantities;
  };
}

std::map<std::string, double> offsets_of_units(const models::Model& model, const data::Dataset& dataset) {
  const double log_abs_det = log_abs_det_of_units(model, dataset);
  std::map<std::string, double> offsets;
  if (log_abs_det == 0) return offsets;
  Graph graph;
  const models::Terms terms = model.terms(graph, data::inputs(graph, dataset, 2), 2);
  if (terms.loss_of_x != 0) offsets["loss"] = -terms.loss_of_x * log_abs_det;
  for (const models::Term& term : terms.parts) {
    if (term.of_x != 0) offsets[term.name] = -term.of_x * log_abs_det;
  }
  return offsets;
}

const Quantity* Evaluation::find(std::string_view name) const {
  for (const Quantity& quantity : quantities) {
    if (quantity.name == name) return &quantity;
  }
  return nullptr;
}

namespace {

EvaluateOptions part_of(const EvaluateOptions& options, double first, double last) {
  EvaluateOptions part = options;
  if (options.on_progress) {
    part.on_progress = [whole = options.on_progress, first, last](double fraction) {
      whole(first + (last - first) * fraction);
    };
  }
  return part;
}

RowQuantities bound_quantities(const models::Bounds& bounds) {
  return [&bounds](Graph& /*graph*/, const models::Batch& batch, int64_t samples) {
    const models::Bounds::Bound bound = bounds.bound(batch, samples);
    return std::map<std::string, Tensor>{
        {"negative_elbo", bound.negative_elbo}, {"reconstruction", bound.reconstruction}, {"kl", bound.kl}};
  };
}

ImportanceTrust trust_of(const std::vector<ImportanceWeights>& weights, int64_t samples) {
  const auto rows = static_cast<double>(weights.size()), draws = static_cast<double>(samples);
  ImportanceTrust trust{.least_effective_share = 1};
  double variance = 0, unreliable = 0;
  for (const ImportanceWeights& row : weights) {
    const double share = row.effective_samples / draws;
    trust.effective_share += share / rows;
    trust.least_effective_share = std::min(trust.least_effective_share, share);
    variance += row.standard_error * row.standard_error;
    if (!(row.pareto_k <= kParetoLimit)) unreliable += 1 / rows;
  }
  trust.monte_carlo_error = std::sqrt(variance) / rows;
  if (samples >= kDrawsForPareto) trust.unreliable_share = unreliable;
  return trust;
}

void warn_of_weights(Evaluation& result) {
  constexpr double kFew = 0.05;  // of the rows may be unreliable: so many are by the noise of the fit
  const auto& share = result.importance_trust->unreliable_share;
  if (!share || *share <= kFew) return;
  result.warnings.push_back(
      "the importance-weighted NLL cannot be trusted: of " + in_words(100 * *share) +
      " % of the rows the weights have a Pareto k above " + in_words(kParetoLimit) +
      ", so that it lies above -log p(x) by an amount that more samples hardly lower; a posterior "
      "nearer to p(z|x) does");
}

// `same_rows`: x is not drawn anew, so that both figures are of the same values.
void warn_of_quadrature(Evaluation& result, int64_t unresolved, bool same_rows) {
  if (unresolved > 0) {
    result.warnings.push_back("the quadrature is not resolved in " + std::to_string(unresolved) + " of " +
                              std::to_string(result.count) + " rows: p(x, z) has structure finer than its grid");
  }
  if (!same_rows) return;
  const Estimate& importance = result.find("nll_importance")->estimate;
  const double above = importance.mean - result.find("nll_quadrature")->estimate.mean;
  constexpr double kWorthSaying = 0.1;  // nats
  if (!(above > kWorthSaying + 3 * result.importance_trust->monte_carlo_error)) return;
  result.warnings.push_back("the importance-weighted NLL is " + in_words(above) + " nats above that by quadrature: " +
                            std::to_string(importance.samples) + " samples do not reach where p(z|x) lies");
}

void add_bounds(const models::Bounds& bounds, const models::LatentVariable* latent, const data::Dataset& dataset,
                data::Split split, const EvaluateOptions& options, Evaluation& result) {
  // The importance-weighted pass is most of the work when it is asked for; a grid takes about as many codes as this.
  constexpr double kCodesOfGrid = 2000;
  const bool integrates =
      options.importance_samples > 0 && latent != nullptr && latent->code_dim() <= kMostLatentsOfAGrid;
  const auto bound_work = static_cast<double>(options.latent_samples);
  const auto weights_work = static_cast<double>(options.importance_samples);
  const double work = bound_work + weights_work + (integrates ? kCodesOfGrid : 0);
  const double first = bound_work / work, second = (bound_work + weights_work) / work;
  const auto estimates = RowEvaluator(bound_quantities(bounds), dataset, split, part_of(options, 0, first)).estimates();
  result.quantities.push_back({.name = "negative_elbo",
                               .title = "−ELBO",
                               .meaning = "bound on −log p(x) from above, the two below together",
                               .estimate = estimates.at("negative_elbo"),
                               .of_x = true});
  result.quantities.push_back({.name = "reconstruction",
                               .title = "reconstruction",
                               .meaning = "−log p(x|z), z from q(z|x)",
                               .estimate = estimates.at("reconstruction"),
                               .of_x = true});
  result.quantities.push_back(
      {.name = "kl", .title = "KL", .meaning = "of q(z|x) from the prior", .estimate = estimates.at("kl")});
  if (options.importance_samples == 0) return;
  const std::vector<ImportanceWeights> weights =
      RowEvaluator::importance_weights(bounds, dataset, split, part_of(options, first, second));
  std::vector<double> nll;
  for (const ImportanceWeights& row : weights) nll.push_back(row.nll);
  result.quantities.push_back({.name = "nll_importance",
                               .title = "NLL, importance-weighted",
                               .meaning = "a bound too, tighter with more samples",
                               .estimate = estimate_of(nll, options.importance_samples),
                               .of_x = true});
  result.importance_trust = trust_of(weights, options.importance_samples);
  warn_of_weights(result);
  if (!integrates) return;
  const Evidence evidence = evidence_by_quadrature(*latent, dataset, split, part_of(options, second, 1));
  result.quantities.push_back({.name = "nll_quadrature",
                               .title = "NLL, by quadrature",
                               .meaning = "−log p(x) itself, integrated over z",
                               .estimate = estimate_of(evidence.nll, 0),
                               .takes_samples = false,
                               .of_x = true});
  const bool is_drawn = dataset.binarization == data::Binarization::kDynamic || dataset.encoding.dequantized;
  warn_of_quadrature(result, evidence.unresolved, !is_drawn);
}

bool is_of_levels(const models::Model& model) {
  const std::vector<models::ReadColumn> all = model.reads();
  return std::any_of(all.begin(), all.end(), [](const models::ReadColumn& read) {
    return read.facts.name == "x" && read.facts.values == Values::kLevels;
  });
}

// Of the whole numbers in the files: the tightest figure there is, in bits for each of them.  A density of dequantized
// numbers is given in the units of the data, probabilities of levels have none.
void add_bits(const data::Dataset& dataset, std::vector<Quantity>& quantities) {
  const double log_unit = dataset.encoding.dequantized ? std::log(dataset.encoding.unit) : 0;
  for (const char* name : {"nll", "nll_quadrature", "nll_importance", "negative_elbo"}) {
    const auto found = std::find_if(quantities.begin(), quantities.end(),
                                    [&](const Quantity& quantity) { return quantity.name == name; });
    if (found == quantities.end()) continue;
    const auto dim = static_cast<double>(dataset.dim());
    Estimate bits = found->estimate;
    bits.mean = (bits.mean + dim * log_unit) / (dim * std::numbers::ln2);
    bits.standard_error /= dim * std::numbers::ln2;
    quantities.push_back({.name = "bits_per_dimension",
                          .title = "bits per dimension",
                          .meaning = "of the whole numbers, by " + found->title + " / (dim log 2): a bound from above",
                          .estimate = bits,
                          .takes_samples = found->takes_samples});
    return;
  }
}

}  // namespace

Evaluation evaluate(const models::Model& model, const data::Dataset& dataset, data::Split split,
                    const EvaluateOptions& options) {
  Evaluation result;
  result.count = dataset.split(split).count();
  result.split = split;
  const auto* bounds = model.can<models::Bounds>();
  const auto* scores = model.can<models::Scores>();
  if (bounds == nullptr && scores == nullptr) {
    throw ConfigError("evaluate: the model has neither a density nor a bound on one");
  }
  if (scores != nullptr) {
    EvaluateOptions once = options;
    once.latent_samples = 1;  // there is nothing to draw
    const auto estimates = RowEvaluator(
                               [&](Graph& /*graph*/, const models::Batch& batch, int64_t /*samples*/) {
                                 return std::map<std::string, Tensor>{{"nll", -scores->log_prob(batch)}};
                               },
                               dataset, split, once)
                               .estimates();
    result.quantities.push_back({.name = "nll",
                                 .title = "NLL",
                                 .meaning = model.can<models::Conditions>() != nullptr
                                                ? "−log p(x|c) in the units of the data, exact for each row"
                                                : "−log p(x) in the units of the data, exact for each row",
                                 .estimate = estimates.at("nll"),
                                 .takes_samples = false,
                                 .of_x = true});
  }
  if (bounds != nullptr) {
    const bool other_loss = !bounds->loss_is_bound();
    if (other_loss) {
      const auto estimates = RowEvaluator(loss_quantities(model), dataset, split, part_of(options, 0, 0.3)).estimates();
      result.quantities.push_back({.name = "loss",
                                   .title = "loss",
                                   .meaning = "what was trained",
                                   .estimate = estimates.at("loss"),
                                   .takes_samples = false,
                                   .of_x = true});
    }
    add_bounds(*bounds, model.can<models::LatentVariable>(), dataset, split, part_of(options, other_loss ? 0.3 : 0, 1),
               result);
  }
  result.log_abs_det = log_abs_det_of_units(model, dataset);
  for (Quantity& quantity : result.quantities) {
    if (quantity.of_x) quantity.estimate.mean -= result.log_abs_det;
  }
  if (dataset.encoding.dequantized || is_of_levels(model)) add_bits(dataset, result.quantities);
  return result;
}

RowBounds row_bounds(const models::Model& model, const data::Dataset& dataset, data::Split split,
                     const EvaluateOptions& options) {
  const auto* bounds = model.can<models::Bounds>();
  if (bounds == nullptr) throw ConfigError("score: the model has no bound on its density");
  auto values = RowEvaluator(bound_quantities(*bounds), dataset, split, options).values();
  RowBounds result{.negative_elbo = std::move(values.at("negative_elbo")),
                   .reconstruction = std::move(values.at("reconstruction")),
                   .kl = std::move(values.at("kl"))};
  if (options.importance_samples > 0) {
    for (const ImportanceWeights& row : RowEvaluator::importance_weights(*bounds, dataset, split, options)) {
      result.nll_importance.push_back(row.nll);
      result.pareto_k.push_back(row.pareto_k);
    }
  }
  const double log_abs_det = log_abs_det_of_units(model, dataset);
  for (auto* of_x : {&result.negative_elbo, &result.reconstruction, &result.nll_importance}) {
    for (size_t row = 0; row < of_x->size(); ++row) {
      if (std::isnan((*of_x)[row])) {
        throw NumericalError(dataset.name + ": the bound of row " +
                             std::to_string(dataset.split(split).number_of(static_cast<int64_t>(row))) +
                             " is no number");
      }
      (*of_x)[row] -= log_abs_det;
    }
  }
  return result;
}

}  // namespace elbo::eval
