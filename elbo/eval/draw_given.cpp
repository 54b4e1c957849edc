#include "elbo/eval/draw_given.h"

#include <algorithm>
#include <cmath>

#include "elbo/engine/compile.h"
#include "elbo/settings/error.h"

namespace elbo::eval {
namespace {

constexpr int64_t kGivenAtOnce = 256;
constexpr uint64_t kGivenSeed = 0x676976656eu;  // draws made here and in training never coincide

}  // namespace

GivenDraws draw_given(const models::Model& model, const Array& context, const GivenOptions& options) {
  const auto* conditions = model.can<models::Conditions>();
  if (conditions == nullptr) throw ConfigError("the model is given nothing");
  const int64_t width = conditions->context_dim(), all = context.shape()[0] * options.draws;
  Graph graph;
  const auto [value, log_prob] = conditions->draw_given(graph.input("context", {kGivenAtOnce, width}));
  graph.output("value", value);
  graph.output("log_prob", log_prob);
  const Executable run = compile(graph, {.threads = options.threads});
  const int64_t dim = value.shape()[1];
  GivenDraws result{.values = Array(DType::kF32, {all, dim}), .log_prob = Array(DType::kF64, {all}), .lost = {}};
  const auto given = context.values<float>();
  const auto values = result.values.values<float>();
  const auto log_probs = result.log_prob.values<double>();
  for (int64_t first = 0; first < all; first += kGivenAtOnce) {
    const auto rows = run.input("context").values<float>();
    for (int64_t i = 0; i < kGivenAtOnce; ++i) {
      const int64_t row = std::min(first + i, all - 1) / options.draws;
      std::copy_n(given.begin() + row * width, width, rows.begin() + i * width);
    }
    run.run({.seed = options.seed ^ kGivenSeed, .step = static_cast<uint64_t>(first / kGivenAtOnce)});
    const auto drawn = run.output("value").values<float>();
    const auto densities = run.output("log_prob").values<float>();
    for (int64_t i = 0; i < std::min(kGivenAtOnce, all - first); ++i) {
      const auto one = drawn.subspan(static_cast<size_t>(i * dim), static_cast<size_t>(dim));
      std::copy(one.begin(), one.end(), values.begin() + (first + i) * dim);
      log_probs[static_cast<size_t>(first + i)] = static_cast<double>(densities[static_cast<size_t>(i)]);
      const bool is_finite = std::isfinite(densities[static_cast<size_t>(i)]) &&
                             std::all_of(one.begin(), one.end(), [](float v) { return std::isfinite(v); });
      if (!is_finite) result.lost.push_back(first + i);
    }
  }
  return result;
}

}  // namespace elbo::eval
