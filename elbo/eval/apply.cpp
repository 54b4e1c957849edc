#include "elbo/eval/apply.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "elbo/data/batches.h"
#include "elbo/data/feed.h"
#include "elbo/data/graph_input.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/finite.h"
#include "elbo/engine/ops.h"
#include "elbo/eval/apply_internal.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

constexpr int64_t kRowsAtOnce = 256;

// Draws made here and in training never coincide.
constexpr uint64_t kApplySeed = 0x6170706cu;

template <typename Capability>
const Capability& require(const models::Model& model, const char* what) {
  if (const auto* found = model.can<Capability>()) return *found;
  throw ConfigError(std::string(what) + ": the model cannot do that");
}

// Copies the first `rows` rows of `part` to row `first` of `whole`.
void copy_rows(const Array& part, int64_t rows, int64_t first, Array& whole) {
  const size_t row_bytes = whole.shape()[0] > 0 ? whole.bytes() / static_cast<size_t>(whole.shape()[0]) : 0;
  std::memcpy(whole.data() + static_cast<size_t>(first) * row_bytes, part.data(),
              static_cast<size_t>(rows) * row_bytes);
}

struct Place {
  size_t row, column;  // counted from 1
  float value;
};

std::optional<Place> first_not_finite(const Array& rows) {
  const auto at = first_nonfinite(rows);
  if (!at) return std::nullopt;
  const auto width = static_cast<size_t>(rows.shape()[1]);
  return Place{.row = *at / width + 1, .column = *at % width + 1, .value = rows.values<float>()[*at]};
}

std::string text_of(const Place& place) {
  return std::to_string(place.row) + ", column " + std::to_string(place.column) + " is " + std::to_string(place.value);
}

Array finite_rows(const Array& rows, std::vector<int64_t>& lost) {
  const auto values = rows.values<float>();
  const auto width = static_cast<size_t>(rows.shape()[1]);
  std::vector<float> kept;
  kept.reserve(values.size());
  for (int64_t row = 0; row < rows.shape()[0]; ++row) {
    const auto one = values.subspan(static_cast<size_t>(row) * width, width);
    if (std::all_of(one.begin(), one.end(), [](float value) { return std::isfinite(value); })) {
      kept.insert(kept.end(), one.begin(), one.end());
    } else {
      lost.push_back(row);
    }
  }
  return Array::of<float>({static_cast<int64_t>(kept.size() / width), rows.shape()[1]}, kept);
}

}  // namespace

std::vector<Array> apply(const data::Dataset& dataset, data::Split split, const ApplyOptions& options,
                         const ApplyBuild& build) {
  const auto& source = dataset.split(split);
  const int64_t rows = options.rows > 0 ? std::min(options.rows, source.count()) : source.count();
  Graph graph;
  const models::Batch batch = data::inputs(graph, dataset, kRowsAtOnce);
  std::vector<std::string> names;
  std::vector<Array> results;
  for (const Tensor tensor : build(batch)) {
    names.push_back("result." + std::to_string(names.size()));
    graph.output(names.back(), tensor);
    results.emplace_back(DType::kF32, Shape{rows, tensor.shape()[1]});
  }
  const Executable run = compile(graph, {.threads = options.threads});
  const data::Feed feed(run, source);
  data::EvaluationBatches batches(source.count(), kRowsAtOnce);
  for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
    const int64_t index = first / kRowsAtOnce;
    feed(batches.batch(index).rows);
    run.run({.seed = options.seed ^ kApplySeed, .step = static_cast<uint64_t>(index)});
    const int64_t count = std::min(kRowsAtOnce, rows - first);
    for (size_t i = 0; i < names.size(); ++i) copy_rows(run.output(names[i]), count, first, results[i]);
  }
  for (const Array& result : results) {
    if (const auto place = first_not_finite(result)) {
      throw NumericalError("what the model makes of row " + text_of(*place) + ": it went beyond 32-bit numbers");
    }
  }
  return results;
}

Array draw_samples(const models::Model& model, const ApplyOptions& options, std::vector<int64_t>* lost) {
  const auto& samples = require<models::Samples>(model, "sample");
  Graph graph;
  const Tensor x = samples.sample(graph, kRowsAtOnce, options.draw);
  graph.output("x", x);
  const Executable run = compile(graph, {.threads = options.threads});
  Array drawn(DType::kF32, {options.rows, x.shape()[1]});
  for (int64_t first = 0; first < options.rows; first += kRowsAtOnce) {
    run.run({.seed = options.seed ^ kApplySeed, .step = static_cast<uint64_t>(first / kRowsAtOnce)});
    copy_rows(run.output("x"), std::min(kRowsAtOnce, options.rows - first), first, drawn);
  }
  if (lost != nullptr) return finite_rows(drawn, *lost);
  if (const auto place = first_not_finite(drawn)) {
    throw NumericalError("sample " + text_of(*place) + ": the draw went beyond 32-bit numbers");
  }
  return drawn;
}

Reconstructions reconstruct(const models::Model& model, const data::Dataset& dataset, data::Split split,
                            const ApplyOptions& options) {
  const auto& reconstructs = require<models::Reconstructs>(model, "reconstruct");
  std::vector<Array> both = apply(dataset, split, options, [&](const models::Batch& batch) -> std::vector<Tensor> {
    return {batch.at("x"), reconstructs.reconstruct(batch, options.draw)};
  });
  return {.inputs = std::move(both[0]), .outputs = std::move(both[1])};
}

Array encode(const models::Model& model, const data::Dataset& dataset, data::Split split, const ApplyOptions& options) {
  const auto& encodes = require<models::Encodes>(model, "encode");
  std::vector<Array> codes = apply(dataset, split, options, [&](const models::Batch& batch) -> std::vector<Tensor> {
    return {encodes.encode(batch, options.draw)};
  });
  return std::move(codes[0]);
}

Array decode(const models::Model& model, const Array& z, const ApplyOptions& options) {
  const auto& decodes = require<models::Decodes>(model, "decode");
  Graph graph;
  graph.output("x", decodes.decode(graph.input("z", {kRowsAtOnce, decodes.code_dim()})));
  const Executable run = compile(graph, {.threads = options.threads});
  const int64_t rows = z.shape()[0];
  Array decoded(DType::kF32, {rows, run.output("x").shape()[1]});
  for (int64_t first = 0; first < rows; first += kRowsAtOnce) {
    const int64_t count = std::min(kRowsAtOnce, rows - first);
    const auto width = static_cast<size_t>(decodes.code_dim());
    const auto codes =
        z.values<float>().subspan(static_cast<size_t>(first) * width, static_cast<size_t>(count) * width);
    std::copy(codes.begin(), codes.end(), run.input("z").values<float>().begin());
    run.run();
    copy_rows(run.output("x"), count, first, decoded);
  }
  if (const auto place = first_not_finite(decoded)) {
    throw NumericalError("decoded row " + text_of(*place) + ": it went beyond 32-bit numbers");
  }
  return decoded;
}

Array draw_prior(const models::LatentVariable& model, const ApplyOptions& options) {
  Graph graph;
  graph.output("z", model.prior().sample(graph, kRowsAtOnce));
  const Executable run = compile(graph, {.threads = options.threads});
  Array drawn(DType::kF32, {options.rows, model.code_dim()});
  for (int64_t first = 0; first < options.rows; first += kRowsAtOnce) {
    run.run({.seed = options.seed ^ kApplySeed, .step = static_cast<uint64_t>(first / kRowsAtOnce)});
    copy_rows(run.output("z"), std::min(kRowsAtOnce, options.rows - first), first, drawn);
  }
  return drawn;
}

Array score(const models::Model& model, const data::Dataset& dataset, data::Split split, const ApplyOptions& options) {
  const auto& scores = require<models::Scores>(model, "score");
  const std::vector<Array> found =
      apply(dataset, split, options, [&](const models::Batch& batch) -> std::vector<Tensor> {
        const Tensor log_prob = scores.log_prob(batch);
        return {reshape(log_prob, {log_prob.shape()[0], 1})};
      });
  const double of_units = log_abs_det_of_units(model, dataset);
  const auto values = found[0].values<float>();
  Array result(DType::kF64, {static_cast<int64_t>(values.size())});
  for (size_t row = 0; row < values.size(); ++row) {
    if (std::isnan(values[row])) {
      throw NumericalError(dataset.name + ": the log-density of row " +
                           std::to_string(dataset.split(split).number_of(static_cast<int64_t>(row))) + " is no number");
    }
    result.values<double>()[row] = static_cast<double>(values[row]) + of_units;
  }
  return result;
}

double log_abs_det_of_units(const models::Model& model, const data::Dataset& dataset) {
  for (const models::ReadColumn& read : model.reads()) {
    if (read.facts.name == "x" && read.is_density) return dataset.encoding.log_abs_det();
  }
  return 0;
}

}  // namespace elbo::eval
