// What a trained density gives: scores, samples, likelihoods, in pieces of one compiled graph.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <optional>
#include <vector>

#include "elbo/app/run/flow_run.h"
#include "elbo/data/batches.h"
#include "elbo/engine/compile.h"
#include "elbo/engine/ops.h"
#include "elbo/settings/error.h"

namespace elbo::app {
namespace {

constexpr int64_t kRowsAtOnce = 512;

// Draws made here and in training never coincide.
constexpr uint64_t kSampleSeed = 0x666c6f77u;

struct Place {
  size_t row, column;  // counted from 1
  float value;
};

std::optional<Place> first_not_finite(const Array& rows) {
  const auto values = rows.values<float>();
  const auto found = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (found == values.end()) return std::nullopt;
  const auto at = static_cast<size_t>(found - values.begin()), width = static_cast<size_t>(rows.shape()[1]);
  return Place{.row = at / width + 1, .column = at % width + 1, .value = *found};
}

void check_rows(const Array& rows, int64_t dim) {
  if (rows.shape().rank() != 2 || rows.shape()[1] != dim) {
    throw DataError(fmt::format("rows {} given; the density is of rows with {} values", to_string(rows.shape()), dim));
  }
  if (const auto place = first_not_finite(rows)) {
    throw DataError(fmt::format("row {}, column {} is {}: every value must be finite as a 32-bit number", place->row,
                                place->column, place->value));
  }
}

}  // namespace

Array score(const models::FlowDensity& density, const Array& given, int threads) {
  const Array rows = given.cast(DType::kF32);
  check_rows(rows, density.dim());
  const int64_t count = rows.shape()[0];
  Array result(DType::kF32, {count});
  if (count == 0) return result;
  Graph graph;
  graph.output("log_prob", density.log_prob(graph.input("x", {kRowsAtOnce, density.dim()})));
  const Executable run = compile(graph, {.threads = threads});
  data::EvaluationBatches batches(count, kRowsAtOnce);
  const auto dst = result.values<float>();
  for (int64_t index = 0; index < batches.count(); ++index) {
    const data::EvaluationBatch batch = batches.batch(index);
    data::gather(rows, batch.rows, run.input("x"));
    run.run();
    const auto src = run.output("log_prob").values<float>();
    for (int64_t i = 0; i < batch.valid; ++i) {
      const int64_t row = index * kRowsAtOnce + i;
      const float value = src[static_cast<size_t>(i)];
      if (std::isnan(value)) throw NumericalError(fmt::format("the log-density of row {} is no number", row + 1));
      dst[static_cast<size_t>(row)] = value;
    }
  }
  return result;
}

Array draw_samples(const models::FlowDensity& density, const FlowSampleOptions& options) {
  Graph graph;
  graph.output("x", density.sample(graph, kRowsAtOnce));
  const Executable run = compile(graph, {.threads = options.threads});
  Array samples(DType::kF32, {options.rows, density.dim()});
  const size_t row_bytes = static_cast<size_t>(density.dim()) * sizeof(float);
  for (int64_t first = 0; first < options.rows; first += kRowsAtOnce) {
    run.run({.seed = options.seed ^ kSampleSeed, .step = static_cast<uint64_t>(first / kRowsAtOnce)});
    const int64_t count = std::min(kRowsAtOnce, options.rows - first);
    std::memcpy(samples.data() + static_cast<size_t>(first) * row_bytes, run.output("x").data(),
                static_cast<size_t>(count) * row_bytes);
  }
  if (const auto place = first_not_finite(samples)) {
    throw NumericalError(fmt::format("sample {}, column {} is {}: the flow carries its draw beyond 32-bit numbers",
                                     place->row, place->column, place->value));
  }
  return samples;
}

eval::Estimate negative_log_likelihood(const models::FlowDensity& density, const data::Dataset& dataset,
                                       data::Split split, const eval::EvaluateOptions& options) {
  eval::EvaluateOptions once = options;
  once.latent_samples = 1;  // there is nothing to draw
  const auto estimates = eval::evaluate_rows(
      [&](Tensor x, int64_t /*samples*/) {
        return std::map<std::string, Tensor>{{"nll", -density.log_prob(x)}};
      },
      dataset, split, once);
  return estimates.at("nll");
}

}  // namespace elbo::app
